/**
 * Where in its arguments a command has its keys, and what it does to them: for COMMAND INFO, and
 * for clients that must know the keys before they know a node.
 *
 * https://redis.io/docs/latest/develop/reference/key-specs/
 */

import type { Command } from "./command.ts";

/** Where the first key is: at a position, or behind a word that is looked for from one. */
type Begin =
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "keyword"; readonly keyword: string; readonly startfrom: number }
  | { readonly type: "unknown" };

/**
 * Which of the arguments from there on are keys: a range, or as many as a number says. `lastkey`
 * counts from the first key, a negative one from the end; `limit` 2 means the first half.
 */
type Find =
  | {
      readonly type: "range";
      readonly lastkey: number;
      readonly keystep: number;
      readonly limit: number;
    }
  | {
      readonly type: "keynum";
      readonly keynumidx: number;
      readonly firstkey: number;
      readonly keystep: number;
    }
  | { readonly type: "unknown" };

export interface KeySpec {
  readonly notes?: string;
  /** Words of the specification: RO RW OW RM, access update insert delete, … */
  readonly flags: string;
  readonly begin: Begin;
  readonly find: Find;
}

const READ = "RO access";
const TAKE = "RW access delete";
const STORE = "OW update";
const WORST = "RW access update";

function keys(index: number, flags: string, lastkey = 0, keystep = 1): KeySpec {
  const find = { type: "range", lastkey, keystep, limit: 0 } as const;
  return { flags, begin: { type: "index", index }, find };
}

/** A number of keys at `index`, and the keys. */
function counted(index: number, flags: string, notes?: string): KeySpec {
  const find = { type: "keynum", keynumidx: 0, firstkey: 1, keystep: 1 } as const;
  const spec = { flags, begin: { type: "index", index }, find } as const;
  return notes === undefined ? spec : { notes, ...spec };
}

function after(keyword: string, startfrom: number, flags: string, lastkey = 0, limit = 0): KeySpec {
  const find = { type: "range", lastkey, keystep: 1, limit } as const;
  return { flags, begin: { type: "keyword", keyword, startfrom }, find };
}

function hidden(flags: string, notes: string): KeySpec {
  return { notes, flags, begin: { type: "unknown" }, find: { type: "unknown" } };
}

const ALL = -1;
const WRITES = "scripts may write any of their keys";
const READS = "scripts may read any of their keys";
const BY_GET = hidden(READ, "BY and GET name keys by what is in the sorted one");

/** Commands with several keys that they use differently, or keys at no fixed place. */
const SPECS: Record<string, readonly KeySpec[]> = {
  bitop: [keys(2, STORE), keys(3, READ, ALL)],
  blmove: [keys(1, TAKE), keys(2, "RW insert")],
  blmpop: [counted(2, TAKE)],
  brpoplpush: [keys(1, TAKE), keys(2, "RW insert")],
  bzmpop: [counted(2, TAKE)],
  copy: [keys(1, READ), keys(2, STORE)],
  eval: [counted(2, WORST, WRITES)],
  eval_ro: [counted(2, READ, READS)],
  evalsha: [counted(2, WORST)],
  evalsha_ro: [counted(2, READ)],
  fcall: [counted(2, WORST, WRITES)],
  fcall_ro: [counted(2, READ, READS)],
  georadius: [keys(1, READ), after("STORE", 6, STORE), after("STOREDIST", 6, STORE)],
  georadiusbymember: [keys(1, READ), after("STORE", 5, STORE), after("STOREDIST", 5, STORE)],
  geosearchstore: [keys(1, STORE), keys(2, READ)],
  lmove: [keys(1, TAKE), keys(2, "RW insert")],
  lmpop: [counted(1, TAKE)],
  migrate: [keys(3, TAKE), after("KEYS", -2, `${TAKE} incomplete`, ALL)],
  pfmerge: [keys(1, "RW access insert"), keys(2, READ, ALL)],
  rename: [keys(1, TAKE), keys(2, STORE)],
  renamenx: [keys(1, TAKE), keys(2, "OW insert")],
  rpoplpush: [keys(1, TAKE), keys(2, "RW insert")],
  sdiffstore: [keys(1, STORE), keys(2, READ, ALL)],
  sintercard: [counted(1, READ)],
  sinterstore: [keys(1, "RW update"), keys(2, READ, ALL)],
  smove: [keys(1, TAKE), keys(2, "RW insert")],
  sort: [keys(1, READ), BY_GET, hidden(STORE, "STORE may stand anywhere")],
  sort_ro: [keys(1, READ), BY_GET],
  sunionstore: [keys(1, STORE), keys(2, READ, ALL)],
  xread: [after("STREAMS", 1, READ, ALL, 2)],
  xreadgroup: [after("STREAMS", 4, READ, ALL, 2)],
  zdiff: [counted(1, READ)],
  zdiffstore: [keys(1, STORE), counted(2, READ)],
  zinter: [counted(1, READ)],
  zintercard: [counted(1, READ)],
  zinterstore: [keys(1, STORE), counted(2, READ)],
  zmpop: [counted(1, TAKE)],
  zrangestore: [keys(1, STORE), keys(2, READ)],
  zunion: [counted(1, READ)],
  zunionstore: [keys(1, STORE), counted(2, READ)],
};

/** What the other commands do to the keys of their row; those not named only read them. */
const FLAGS: Record<string, string> = {
  RO:
    "exists hexists hlen hstrlen llen memory|usage object|encoding object|freq object|idletime " +
    "object|refcount scard sismember strlen touch type watch xlen zcard",
  "RW update":
    "expire expireat geoadd hexpire hexpireat hmset hpersist hpexpire hpexpireat hset hsetex " +
    "lset persist pexpire pexpireat setrange xack xadd xclaim xgroup|setid xsetid zadd",
  "RW delete":
    "hdel lrem ltrim srem xautoclaim xdel xgroup|delconsumer xgroup|destroy xtrim zrem " +
    "zremrangebylex zremrangebyrank zremrangebyscore",
  "RW access update":
    "decr decrby getex getset hgetex hincrby hincrbyfloat incr incrby incrbyfloat move setbit " +
    "zincrby",
  "RW insert":
    "append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd xgroup|create " +
    "xgroup|createconsumer",
  "RW access delete": "blpop brpop bzpopmax bzpopmin getdel hgetdel lpop rpop spop zpopmax zpopmin",
  "OW update": "mset psetex restore restore-asking setex",
  "OW insert": "msetnx setnx",
  "RM delete": "del unlink",
  "RW access": "pfcount pfdebug",
  "RW access update variable_flags": "bitfield set",
  not_key: "spublish ssubscribe sunsubscribe",
};

const FLAGS_BY_NAME = new Map(
  Object.entries(FLAGS).flatMap(([flags, names]) => names.split(" ").map((name) => [name, flags])),
);

const specs = new WeakMap<Command, readonly KeySpec[]>();

export function keySpecsOf(command: Command): readonly KeySpec[] {
  let found = specs.get(command);
  if (found === undefined) {
    found = specsFor(command);
    specs.set(command, found);
  }
  return found;
}

function specsFor(command: Command): readonly KeySpec[] {
  const { name, firstKey, lastKey, keyStep } = command;
  const own = SPECS[name];
  if (own !== undefined) return own;
  if (firstKey === 0) return [];
  const flags = FLAGS_BY_NAME.get(name) ?? READ;
  const spec = keys(firstKey, flags, lastKey < 0 ? lastKey : lastKey - firstKey, keyStep);
  const notes = NOTES[name];
  return [notes === undefined ? spec : { notes, ...spec }];
}

const NOTES: Record<string, string> = {
  set: "RW and access because of GET",
  xadd: "update, not only insert, because it may trim",
};

/** Commands whose options decide what becomes of the key. */
const FLAGS_BY_OPTIONS: Record<string, (words: readonly string[]) => string> = {
  set: (words) => (words.slice(3).some((word) => /^get$/i.test(word)) ? WORST : STORE),
  bitfield: (words) => (onlyReads(words) ? READ : WORST),
};

/** Whether a BITFIELD has nothing but GET and OVERFLOW; what makes no sense may do anything. */
function onlyReads(words: readonly string[]): boolean {
  for (let i = 2; i < words.length; ) {
    const word = (words[i] as string).toLowerCase();
    if (word === "get" && i + 2 < words.length) i += 3;
    else if (word === "overflow" && i + 1 < words.length) i += 2;
    else return false;
  }
  return true;
}

export interface FoundKey {
  readonly key: string;
  /** Which of the words it is. */
  readonly index: number;
  readonly flags: string;
}

/** The keys among `words`, a command with its arguments; undefined when these make no sense. */
export function findKeys(command: Command, words: readonly string[]): FoundKey[] | undefined {
  const found: FoundKey[] = [];
  for (const spec of keySpecsOf(command)) {
    const first = firstKeyOf(spec, words);
    if (first === undefined || spec.flags === "not_key") continue;
    const indexes = keyIndexes(spec.find, first, words);
    if (indexes === undefined) return keysInSpite(command, words);
    const flags = FLAGS_BY_OPTIONS[command.name]?.(words) ?? spec.flags;
    for (const index of indexes) {
      found.push({ key: words[index] as string, index, flags });
    }
  }
  if (command.name === "sort") found.push(...sortTarget(words));
  return found;
}

/**
 * A GEORADIUS whose last word is STORE has a source and the target of another STORE, if there is
 * one; Redis says nothing of what it does to them then. Other commands have no keys that count.
 */
function keysInSpite({ name }: Command, words: readonly string[]): FoundKey[] | undefined {
  if (name !== "georadius" && name !== "georadiusbymember") return undefined;
  const found = [{ key: words[1] as string, index: 1, flags: "" }];
  let target = 0;
  for (let i = 5; i + 1 < words.length; i++) {
    if (/^store(?:dist)?$/i.test(words[i] as string)) target = ++i;
  }
  if (target > 0) found.push({ key: words[target] as string, index: target, flags: "" });
  return found;
}

/** What stands behind an option of SORT is no option. */
const SORT_VALUES = new Map([
  ["limit", 2],
  ["get", 1],
  ["by", 1],
]);

/** The key behind the last STORE of a SORT, which no specification finds. */
function sortTarget(words: readonly string[]): FoundKey[] {
  let index = 0;
  for (let i = 2; i < words.length; i++) {
    const word = (words[i] as string).toLowerCase();
    if (word === "store" && i + 1 < words.length) index = i + 1;
    i += SORT_VALUES.get(word) ?? 0;
  }
  return index === 0 ? [] : [{ key: words[index] as string, index, flags: STORE }];
}

/** Undefined when the keys can't be found, or the option they belong to is not there. */
function firstKeyOf({ begin }: KeySpec, words: readonly string[]): number | undefined {
  if (begin.type === "unknown") return undefined;
  if (begin.type === "index") return begin.index;
  const isKeyword = (word: string) => word.toUpperCase() === begin.keyword;
  const { startfrom } = begin;
  const index =
    startfrom < 0
      ? words.findLastIndex((word, i) => i <= words.length + startfrom && isKeyword(word))
      : words.findIndex((word, i) => i >= startfrom && isKeyword(word));
  return index < 0 ? undefined : index + 1;
}

/** Undefined when there are fewer arguments than keys. */
function keyIndexes(find: Find, first: number, words: readonly string[]): number[] | undefined {
  if (find.type === "unknown") return [];
  let from = first;
  let last: number;
  if (find.type === "keynum") {
    const count = Number(words[first + find.keynumidx]);
    if (!(count > 0)) return undefined;
    from = first + find.firstkey;
    last = from + (count - 1) * find.keystep;
  } else {
    last = lastOfRange(find, first, words.length);
  }
  if (last < from || last >= words.length) return undefined;
  const indexes: number[] = [];
  for (let index = from; index <= last; index += find.keystep) indexes.push(index);
  return indexes;
}

function lastOfRange(find: Find & { type: "range" }, first: number, count: number): number {
  if (find.lastkey >= 0) return first + find.lastkey;
  if (find.limit <= 1) return count + find.lastkey;
  return first + Math.floor((count - first) / find.limit) + find.lastkey;
}
