/** All exercises, in the order of the tour, docs/tour.md. */

import type { Exercise } from "./check/stage.ts";
import { upper } from "./checks/01-upper.ts";
import { who } from "./checks/02-who.ts";
import { count } from "./checks/03-count.ts";
import { twoBytes } from "./checks/04-two-bytes.ts";
import { lost } from "./checks/05-lost.ts";
import { headers } from "./checks/06-headers.ts";
import { unix } from "./checks/07-unix.ts";
import { pollInstead } from "./checks/08-poll.ts";
import { together } from "./checks/09-together.ts";
import { slow } from "./checks/10-slow.ts";
import { idle } from "./checks/11-idle.ts";
import { goodbye } from "./checks/12-goodbye.ts";
import { pump } from "./checks/13-pump.ts";
import { lines } from "./checks/14-lines.ts";
import { states } from "./checks/15-states.ts";
import { busy } from "./checks/16-busy.ts";
import { incr } from "./checks/17-incr.ts";
import { cas } from "./checks/18-cas.ts";

export const EXERCISES: readonly Exercise[] = [
  upper,
  who,
  count,
  twoBytes,
  lost,
  headers,
  unix,
  pollInstead,
  together,
  slow,
  idle,
  goodbye,
  pump,
  lines,
  states,
  busy,
  incr,
  cas,
];
