/**
 * One command being executed: who called it, with what, on which database, and where the answer
 * goes. There is a single `Call`, filled anew for every command, so that a command costs no object.
 */

import type { Args } from "./args.ts";
import type { Command } from "./command.ts";
import type { Core } from "./core.ts";
import type { Keyspace } from "./keyspace/keyspace.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

export interface Call {
  readonly core: Core;
  readonly reply: Reply;
  session: Session;
  db: Keyspace;
  args: Args;
  command: Command;
}

export type Handler = (call: Call) => void;
