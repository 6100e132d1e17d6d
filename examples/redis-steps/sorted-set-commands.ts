/**
 * ZADD, ZREM, ZSCORE, ZRANK, ZCARD and the three ways to ask for a part: by rank (ZRANGE), by score
 * (ZRANGEBYSCORE), by name among equal scores (ZRANGEBYLEX). Each part is two ranks, which the tree
 * finds, and an offset is added to a rank: however far it leads, nothing is walked over.
 *
 * See also: sorted-set.ts, bounds.ts; ../redis/commands/sorted-set.ts for all their options. */

import { type Bounds, nameBounds, scoreBounds } from "./bounds.ts";
import { CommandError, type Commands } from "./commands.ts";
import { formatScore, parseInteger, parseScore } from "./numbers.ts";
import { array, bulk, integer, NIL } from "./resp.ts";
import { type Entry, SortedSet } from "./sorted-set.ts";
import { type Keys, keyOf } from "./strings.ts";

const REPLY_LIMIT_BYTES = 64 << 20;

interface Options {
  withScores: boolean;
  offset: number;
  count: number;
}

export function sortedSetCommands(keys: Keys<SortedSet>): Commands {
  const find = (key: Buffer) => keys.get(keyOf(key));

  function zadd([, key, ...pairs]: Buffer[]): string {
    const entries = entriesOf(pairs);
    const set = find(key) ?? new SortedSet();
    if (set.size === 0) keys.set(keyOf(key), set);
    return integer(entries.filter(({ name, score }) => set.set(name, score)).length);
  }

  function zrem([, key, ...names]: Buffer[]): string {
    const set = find(key);
    const removed = names.filter((name) => set?.delete(keyOf(name))).length;
    if (set?.size === 0) keys.delete(keyOf(key));
    return integer(removed);
  }

  function zscore([, key, name]: Buffer[]): string {
    const score = find(key)?.score(keyOf(name));
    return score === undefined ? NIL : bulk(formatScore(score));
  }

  function zrank([, key, name]: Buffer[]): string {
    const rank = find(key)?.rank(keyOf(name));
    return rank === undefined ? NIL : integer(rank);
  }

  function zrange([, key, ...args]: Buffer[]): string {
    const { withScores } = parseOptions(args.slice(2), ["withscores"]);
    const [first, last] = args.slice(0, 2).map(parseInteger);
    const set = find(key);
    const size = set?.size ?? 0;
    const start = Math.max(first < 0 ? first + size : first, 0);
    const end = (last < 0 ? last + size : last) + 1;
    return reply(set?.range(start, end) ?? [], withScores);
  }

  function zrangebyscore([, key, min, max, ...rest]: Buffer[]): string {
    const options = parseOptions(rest, ["withscores", "limit"]);
    return part(find(key), scoreBounds(min, max), options);
  }

  function zrangebylex([, key, min, max, ...rest]: Buffer[]): string {
    const options = parseOptions(rest, ["limit"]);
    return part(find(key), nameBounds(min, max), options);
  }

  return {
    zadd: { arity: -4, run: zadd },
    zrem: { arity: -3, run: zrem },
    zscore: { arity: 3, run: zscore },
    zrank: { arity: 3, run: zrank },
    zcard: { arity: 2, run: ([, key]) => integer(find(key)?.size ?? 0) },
    zrange: { arity: -4, run: zrange },
    zrangebyscore: { arity: -4, run: zrangebyscore },
    zrangebylex: { arity: -4, run: zrangebylex },
  };
}

const syntaxError = () => new CommandError("ERR syntax error");

/** All are read before the first is added: an error leaves everything as it was. */
function entriesOf(pairs: Buffer[]): Entry[] {
  if (pairs.length % 2 !== 0) throw syntaxError();
  const entries: Entry[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const score = parseScore(pairs[i].toString("latin1"));
    if (Number.isNaN(score)) throw new CommandError("ERR value is not a valid float");
    entries.push({ name: keyOf(pairs[i + 1]), score });
  }
  return entries;
}

function parseOptions(args: Buffer[], allowed: string[]): Options {
  const options: Options = { withScores: false, offset: 0, count: -1 };
  for (let i = 0; i < args.length; i++) {
    const name = args[i].toString("latin1").toLowerCase();
    if (!allowed.includes(name) || (name === "limit" && i + 2 >= args.length)) throw syntaxError();
    if (name === "withscores") options.withScores = true;
    else [options.offset, options.count] = [parseInteger(args[++i]), parseInteger(args[++i])];
  }
  return options;
}

/** What is within bounds, less what comes before the offset. */
function part(set: SortedSet | undefined, { isBelow, isWithin }: Bounds, options: Options): string {
  const { withScores, offset, count } = options;
  if (set === undefined || offset < 0) return array([]);
  const start = set.rankBehind(isBelow) + offset;
  const end = set.rankBehind(isWithin);
  return reply(set.range(start, count < 0 ? end : Math.min(end, start + count)), withScores);
}

function reply(entries: Entry[], withScores: boolean): string {
  const replies: string[] = [];
  let size = 0;
  for (const { name, score } of entries) {
    for (const text of withScores ? [name, formatScore(score)] : [name]) {
      size += replies[replies.push(bulk(text)) - 1].length;
    }
    if (size > REPLY_LIMIT_BYTES) throw new CommandError("ERR too long a reply, ask for less");
  }
  return array(replies);
}
