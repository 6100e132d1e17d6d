/**
 * How long a server keeps others waiting while it is busy with many keys: one connection inserts
 * them, or flushes them, or nobody does because they expire; another sends one PING after the
 * other, and the longest that it waits in each slice of time is noted.
 *
 * All in one loop whose turns are short, so that the probe does not wait for this process itself.
 */

import { Loop } from "fdkit";
import type { Target } from "./client.ts";
import { Connection } from "./connection.ts";
import { encodeRequest, keyName, RANDOM, RequestBatch } from "./requests.ts";

export type Phase = "insert" | "flush" | "expire";

export interface StallTask {
  readonly phase: Phase;
  readonly keys: number;
  /** For `expire`: the keys are inserted with a time to die, which is that far away. */
  readonly expireAfterMs: number;
  /** How long the probe goes on after the last insertion, or the reply to FLUSHALL. */
  readonly restMs: number;
  /** The phase `expire` ends by then, though some keys may still be there. */
  readonly limitMs: number;
}

export interface StallResult {
  readonly seconds: number;
  readonly longestMs: number;
  /** Keys that had not expired at the end of the phase `expire`. */
  readonly keysLeft: number;
  readonly points: readonly { readonly second: number; readonly ms: number }[];
}

const SLICE_MS = 100;
const VALUE = "x".repeat(16);
/** Few enough for the server to be done with a batch in less than a tenth of a millisecond. */
const BATCH = 100;
const WARM_UP_KEYS = 20_000;
const DBSIZE_EVERY_MS = 50;

/** One PING at a time, and the longest wait of each slice. */
class Probe {
  readonly waits: number[] = [];
  private readonly connection: Connection;
  private began = 0;
  private sentAt = 0;
  private isNoting = false;

  constructor(loop: Loop, where: string) {
    const ping = Buffer.from(encodeRequest("PING"));
    this.connection = new Connection(loop, where, "+", () => {
      this.note(performance.now());
      this.sentAt = performance.now();
      this.connection.send(ping);
    });
    this.connection.send(ping);
  }

  private note(now: number): void {
    if (!this.isNoting) return;
    const slice = Math.floor((this.sentAt - this.began) / SLICE_MS);
    const wait = now - this.sentAt;
    if (slice >= 0 && wait > (this.waits[slice] ?? 0)) this.waits[slice] = wait;
  }

  start(): void {
    this.began = performance.now();
    this.isNoting = true;
  }

  /** Notes a PING that is still unanswered, too. */
  stop(keysLeft: number): StallResult {
    const now = performance.now();
    this.note(now);
    this.isNoting = false;
    this.connection.close();
    const points = Array.from(this.waits, (ms = 0, i) => ({ second: (i * SLICE_MS) / 1000, ms }));
    const longestMs = Math.max(0, ...points.map(({ ms }) => ms));
    return { seconds: (now - this.began) / 1000, longestMs, keysLeft, points };
  }
}

/** Sends keys `0 … keys-1` in batches, each when the last one is answered; then calls `done`. */
function insert(
  loop: Loop,
  where: string,
  keys: number,
  options: readonly string[],
  done: () => void,
): void {
  const batch = new RequestBatch(["SET", keyName(RANDOM), VALUE, ...options], BATCH);
  let sent = 0;
  let outstanding = 0;
  const sendBatch = () => {
    outstanding = BATCH;
    connection.send(batch.fill((i) => (sent + i) % keys));
    sent += BATCH;
  };
  const connection = new Connection(loop, where, "+", (count) => {
    outstanding -= count;
    if (outstanding > 0) return;
    if (sent < keys) {
      sendBatch();
    } else {
      connection.close();
      done();
    }
  });
  sendBatch();
}

function flush(loop: Loop, where: string, done: () => void): void {
  const connection = new Connection(loop, where, "+", () => {
    connection.close();
    done();
  });
  connection.send(Buffer.from(encodeRequest("FLUSHALL", "ASYNC")));
}

/** Asks for DBSIZE, until no key is left or the time is over; `done` is told how many are. */
function untilEmpty(
  loop: Loop,
  where: string,
  limitMs: number,
  done: (keysLeft: number) => void,
): void {
  const until = performance.now() + limitMs;
  const request = Buffer.from(encodeRequest("DBSIZE"));
  const connection = new Connection(loop, where, ":", (_count, size) => {
    if (size > 0 && performance.now() < until) {
      loop.after(DBSIZE_EVERY_MS, () => connection.send(request));
      return;
    }
    connection.close();
    done(size);
  });
  connection.send(request);
}

/** The work of a phase; `begin` is called when the probe has to start noting, `done` at the end. */
function runPhase(
  loop: Loop,
  { where }: Target,
  { phase, keys, expireAfterMs, limitMs }: StallTask,
  begin: () => void,
  done: (keysLeft: number) => void,
): void {
  if (phase === "insert") {
    insert(loop, where, WARM_UP_KEYS, [], () => {
      begin();
      insert(loop, where, keys, [], () => done(0));
    });
  } else if (phase === "flush") {
    begin();
    flush(loop, where, () => done(0));
  } else {
    const at = Date.now() + expireAfterMs;
    insert(loop, where, keys, ["PXAT", `${at}`], () => {
      loop.after(Math.max(0, at - Date.now()), () => {
        begin();
        untilEmpty(loop, where, limitMs, done);
      });
    });
  }
}

export function probeStalls(target: Target, task: StallTask): StallResult {
  const loop = new Loop();
  const probe = new Probe(loop, target.where);
  let result: StallResult | undefined;
  runPhase(
    loop,
    target,
    task,
    () => probe.start(),
    (keysLeft) => {
      loop.after(task.restMs, () => {
        result = probe.stop(keysLeft);
      });
    },
  );
  loop.run();
  loop.close();
  if (result === undefined) throw new Error("the probe did not end");
  return result;
}
