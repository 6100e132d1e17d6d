/**
 * GET, SET, DEL and PING over anything that maps keys to values: a Map until step 04 brings a hash
 * table of our own. Keys are byte strings; values are copied out of the buffer they arrived in.
 *
 * See also: commands.ts. */

import { CommandError, type Commands } from "./commands.ts";
import { bulk, integer, NIL, OK } from "./resp.ts";

/** What a key may hold: a string, or something that another step brings. */
export type Value = Buffer | object;

export interface Keys {
  get(key: string): Value | undefined;
  set(key: string, value: Value): unknown;
  delete(key: string): boolean;
}

export const keyOf = (arg: Buffer) => arg.toString("latin1");

export function wrongType(): CommandError {
  return new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
}

export function stringCommands(keys: Keys): Commands {
  function get([, key]: Buffer[]): string {
    const value = keys.get(keyOf(key));
    if (value === undefined) return NIL;
    if (!Buffer.isBuffer(value)) throw wrongType();
    return bulk(value.toString("latin1"));
  }

  function set([, key, value]: Buffer[]): string {
    keys.set(keyOf(key), Buffer.from(value));
    return OK;
  }

  function del([, ...args]: Buffer[]): string {
    return integer(args.filter((key) => keys.delete(keyOf(key))).length);
  }

  return {
    ping: { arity: 1, run: () => "+PONG\r\n" },
    get: { arity: 2, run: get },
    set: { arity: 3, run: set },
    del: { arity: -2, run: del },
  };
}
