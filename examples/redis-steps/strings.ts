/**
 * GET, SET, DEL and PING over anything that maps keys to strings: a Map until step 04 brings a hash
 * table of our own. Keys are byte strings; values are copied out of the buffer they arrived in.
 *
 * See also: commands.ts. */

import type { Commands } from "./commands.ts";
import { bulk, integer, NIL, OK } from "./resp.ts";

export interface Keys<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): unknown;
  delete(key: string): boolean;
}

export const keyOf = (arg: Buffer) => arg.toString("latin1");

export function stringCommands(keys: Keys<Buffer>): Commands {
  function get([, key]: Buffer[]): string {
    const value = keys.get(keyOf(key));
    return value === undefined ? NIL : bulk(value.toString("latin1"));
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
