/**
 * MULTI: requests that wait for their EXEC.
 * https://redis.io/docs/latest/develop/interact/transactions/
 */

import type { Args } from "./args.ts";
import type { Command } from "./command.ts";

export interface QueuedRequest {
  readonly command: Command;
  readonly args: Args;
}

/** What is carried out at once, between MULTI and EXEC as well. */
const NEVER_QUEUED = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);

export class Transaction {
  readonly queue: QueuedRequest[] = [];
  /** A request was refused: EXEC will refuse them all. */
  hasFailed = false;
  /** Bytes of the arguments. */
  size = 0;

  static mayQueue(command: Command): boolean {
    return !NEVER_QUEUED.has(command.name);
  }

  /** Keeps a copy: the buffer of `args` is going to be used again. */
  add(command: Command, args: Args): void {
    const copy = args.copy();
    this.queue.push({ command, args: copy });
    this.size += copy.buffer.length;
  }

  get needsMemory(): boolean {
    return this.queue.some(({ command }) => command.flags.has("denyoom"));
  }

  get writes(): boolean {
    return this.queue.some(({ command }) => command.flags.has("write"));
  }
}
