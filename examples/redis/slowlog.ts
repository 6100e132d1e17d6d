/** SLOWLOG: the last commands that took longer than `slowlog-log-slower-than` microseconds. */

import type { Call } from "./call.ts";

const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_LENGTH = 128;

export interface SlowlogEntry {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly microseconds: number;
  /** Byte strings, shortened. */
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

export class Slowlog {
  /** Newest first. */
  readonly entries: SlowlogEntry[] = [];
  private nextId = 0;

  record({ core, session, args, command }: Call, microseconds: number): void {
    const maxLength = core.settings["slowlog-max-len"];
    if (maxLength === 0 || command.flags.has("skip_slowlog")) return;
    this.entries.unshift({
      id: this.nextId++,
      time: Math.floor(core.clock.now / 1000),
      microseconds: Math.round(microseconds),
      args: shorten(args),
      address: session.address,
      clientName: session.name,
    });
    if (this.entries.length > maxLength) this.entries.length = maxLength;
  }

  clear(): void {
    this.entries.length = 0;
  }
}

function shorten(args: Call["args"]): string[] {
  const shown: string[] = [];
  const whole = args.count <= MAX_ARGUMENTS ? args.count : MAX_ARGUMENTS - 1;
  for (let i = 0; i < whole; i++) shown.push(args.shown(i, MAX_ARGUMENT_LENGTH));
  if (whole < args.count) shown.push(`... (${args.count - whole} more arguments)`);
  return shown;
}
