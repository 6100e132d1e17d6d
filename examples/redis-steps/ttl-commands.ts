/**
 * EXPIRE, PEXPIRE, TTL, PTTL and PERSIST. A time that is over already ends the key at once.
 *
 * See also: expiring-keys.ts; ../redis/commands/expire.ts. */

import { CommandError, type Commands } from "./commands.ts";
import type { ExpiringKeys } from "./expiring-keys.ts";
import { parseInteger } from "./numbers.ts";
import { integer } from "./resp.ts";
import { keyOf } from "./strings.ts";

const SECOND_MS = 1000;
/** A hundred thousand years: Redis, which counts in 64 bits, draws the line later. */
const LIMIT_MS = 1e5 * 365 * 86400 * SECOND_MS;

const NO_KEY = -2;
const NO_END = -1;

export function ttlCommands(keys: ExpiringKeys): Commands {
  const expire =
    (name: string, unitMs: number) =>
    ([, key, time]: Buffer[]) => {
      const ms = parseInteger(time) * unitMs;
      if (Math.abs(ms) > LIMIT_MS) {
        throw new CommandError(`ERR invalid expire time in '${name}' command`);
      }
      return integer(Number(keys.expire(keyOf(key), ms)));
    };

  const ttl =
    (unitMs: number) =>
    ([, key]: Buffer[]) => {
      if (keys.get(keyOf(key)) === undefined) return integer(NO_KEY);
      const ms = keys.ttl(keyOf(key));
      return integer(ms === undefined ? NO_END : Math.round(ms / unitMs));
    };

  return {
    expire: { arity: 3, run: expire("expire", SECOND_MS) },
    pexpire: { arity: 3, run: expire("pexpire", 1) },
    ttl: { arity: 2, run: ttl(SECOND_MS) },
    pttl: { arity: 2, run: ttl(1) },
    persist: { arity: 2, run: ([, key]) => integer(Number(keys.persist(keyOf(key)))) },
  };
}
