/**
 * Sorted sets from sorted sets: unions, intersections, differences. A set takes part as one whose
 * members all have the score 1.
 * https://redis.io/docs/latest/commands/zunionstore/
 */

import type { Args } from "../args.ts";
import type { Call } from "../call.ts";
import type { CommandGroup } from "../command.ts";
import { replyError, SYNTAX_ERROR, WRONG_TYPE } from "../errors.ts";
import { NONE } from "../keyspace/keyspace.ts";
import { SET, ZSET } from "../keyspace/types.ts";
import { lookupRead } from "../lookup.ts";
import { parseDouble } from "../number.ts";
import type { SetValue } from "../types/set.ts";
import { type Entry, SortedSetValue } from "../types/sorted-set.ts";
import { replyEntries } from "./sorted-set.ts";
import { storeEntries } from "./sorted-set-range.ts";

const READ = "readonly movablekeys";
const STORE = "write denyoom movablekeys";

// biome-ignore format: a table is read by its columns
export const sortedSetOperationCommands: CommandGroup = { group: "sorted-set", rows: [
  ["zunion",      -3, READ,  0, 0, 0, zunion,      "6.2.0", "Members of any"],
  ["zinter",      -3, READ,  0, 0, 0, zinter,      "6.2.0", "Members of all"],
  ["zdiff",       -3, READ,  0, 0, 0, zdiff,       "6.2.0", "Members of the first alone"],
  ["zunionstore", -4, STORE, 1, 1, 1, zunionstore, "2.0.0", "Stores a union"],
  ["zinterstore", -4, STORE, 1, 1, 1, zinterstore, "2.0.0", "Stores an intersection"],
  ["zdiffstore",  -4, STORE, 1, 1, 1, zdiffstore,  "6.2.0", "Stores a difference"],
  ["zintercard",  -3, READ,  0, 0, 0, zintercard,  "7.0.0", "How many are in all"],
] };

const NOT_A_WEIGHT = replyError("ERR weight value is not a float");
const LIMIT_NEGATIVE = replyError("ERR LIMIT can't be negative");

type Aggregate = (a: number, b: number) => number;
const AGGREGATES = new Map<string, Aggregate>([
  ["sum", sum],
  ["min", Math.min],
  ["max", Math.max],
]);

function sum(a: number, b: number): number {
  return numberOr0(a + b);
}

/** The sum of both infinities, and nothing times infinity, count as nothing. */
function numberOr0(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** One of the sets that take part, under one face for both types. */
interface Source {
  readonly size: number;
  readonly weight: number;
  entries(): Iterable<Entry>;
  score(member: string): number | undefined;
}

interface Operation {
  readonly sources: readonly Source[];
  readonly aggregate: Aggregate;
  readonly withScores: boolean;
}

const EMPTY: Omit<Source, "weight"> = { size: 0, entries: () => [], score: () => undefined };

function readSource(call: Call, i: number): Omit<Source, "weight"> {
  const { db } = call;
  const ref = lookupRead(call, i);
  if (ref === NONE) return EMPTY;
  const type = db.type(ref);
  if (type === ZSET) return db.object(ref) as SortedSetValue;
  if (type !== SET) throw WRONG_TYPE;
  const set = db.object(ref) as SetValue;
  return {
    size: set.size,
    entries: () => [...set.values()].map((member) => ({ member, score: 1 })),
    score: (member) => (set.has(member) ? 1 : undefined),
  };
}

/** The keys whose number is argument `i`; returns them and where the options begin. */
function readSources(call: Call, i: number): { found: Omit<Source, "weight">[]; next: number } {
  const { args, command } = call;
  const keys = args.integer(i);
  if (keys < 1)
    throw replyError(`ERR at least 1 input key is needed for '${command.name}' command`);
  if (keys > args.count - i - 1) throw SYNTAX_ERROR;
  const found = Array.from({ length: keys }, (_, n) => readSource(call, i + 1 + n));
  return { found, next: i + 1 + keys };
}

type Option = "weights" | "aggregate" | "withscores";

/** numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES] */
function parseOperation(call: Call, i: number, allowed: readonly Option[]): Operation {
  const { args } = call;
  const { found, next } = readSources(call, i);
  let weights = found.map(() => 1);
  let aggregate: Aggregate = sum;
  let withScores = false;
  for (let at = next; at < args.count; at++) {
    const option = allowed.find((known) => args.is(at, known));
    if (option === "weights" && at + found.length < args.count) {
      weights = found.map((_, n) => parseWeight(args, at + 1 + n));
      at += found.length;
    } else if (option === "aggregate" && at + 1 < args.count) {
      const named = AGGREGATES.get(args.word(++at));
      if (named === undefined) throw SYNTAX_ERROR;
      aggregate = named;
    } else if (option === "withscores") {
      withScores = true;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  const sources = found.map((source, n) => weighted(source, weights[n]));
  return { sources, aggregate, withScores };
}

function parseWeight(args: Args, i: number): number {
  const weight = parseDouble(args.string(i));
  if (Number.isNaN(weight)) throw NOT_A_WEIGHT;
  return weight;
}

function weighted(source: Omit<Source, "weight">, weight: number): Source {
  return {
    size: source.size,
    weight,
    entries: () => source.entries(),
    score: (member) => source.score(member),
  };
}

type Combine = (operation: Operation) => SortedSetValue;

function union({ sources, aggregate }: Operation): SortedSetValue {
  const scores = new Map<string, number>();
  for (const source of bySize(sources)) {
    for (const { member, score } of source.entries()) {
      const value = numberOr0(score * source.weight);
      const other = scores.get(member);
      scores.set(member, other === undefined ? value : aggregate(other, value));
    }
  }
  return sorted(scores);
}

/** The smallest first, as Redis takes them: a sum of doubles depends on the order. */
function bySize(sources: readonly Source[]): Source[] {
  return [...sources].sort((a, b) => a.size - b.size);
}

function sorted(scores: Iterable<[member: string, score: number]>): SortedSetValue {
  const result = new SortedSetValue();
  // As in Redis, and a table keeps the sign of a zero.
  result.convert();
  for (const [member, score] of scores) result.set(member, score);
  return result;
}

/** Goes through the smallest and asks the others. */
function* common(sources: readonly Source[], aggregate: Aggregate): Iterable<[string, number]> {
  const [smallest, ...others] = bySize(sources);
  for (const { member, score } of smallest?.entries() ?? []) {
    let value = numberOr0(score * smallest.weight);
    const isInAll = others.every((source) => {
      const other = source.score(member);
      if (other === undefined) return false;
      value = aggregate(value, numberOr0(other * source.weight));
      return true;
    });
    if (isInAll) yield [member, value];
  }
}

function intersection({ sources, aggregate }: Operation): SortedSetValue {
  return sorted(common(sources, aggregate));
}

function difference({ sources }: Operation): SortedSetValue {
  const [first, ...others] = sources;
  const left = [...(first?.entries() ?? [])].filter(({ member }) => {
    return others.every((source) => source.score(member) === undefined);
  });
  return sorted(left.map(({ member, score }) => [member, score]));
}

function show(call: Call, combine: Combine, allowed: readonly Option[]): void {
  const operation = parseOperation(call, 1, allowed);
  replyEntries(call, combine(operation).entries(), operation.withScores);
}

function store(call: Call, combine: Combine, allowed: readonly Option[]): void {
  const entries = combine(parseOperation(call, 2, allowed)).entries();
  storeEntries(call, call.args.string(1), entries);
  call.reply.integer(entries.length);
}

function zunion(call: Call): void {
  show(call, union, ["weights", "aggregate", "withscores"]);
}

function zinter(call: Call): void {
  show(call, intersection, ["weights", "aggregate", "withscores"]);
}

function zdiff(call: Call): void {
  show(call, difference, ["withscores"]);
}

function zunionstore(call: Call): void {
  store(call, union, ["weights", "aggregate"]);
}

function zinterstore(call: Call): void {
  store(call, intersection, ["weights", "aggregate"]);
}

function zdiffstore(call: Call): void {
  store(call, difference, []);
}

/** ZINTERCARD numkeys key [key …] [LIMIT limit] */
function zintercard(call: Call): void {
  const { args, reply } = call;
  const { found, next } = readSources(call, 1);
  let limit = 0;
  for (let i = next; i < args.count; i += 2) {
    if (!args.is(i, "limit") || i + 1 === args.count) throw SYNTAX_ERROR;
    limit = args.atLeast(i + 1, 0, LIMIT_NEGATIVE);
  }
  let count = 0;
  const sources = found.map((source) => weighted(source, 1));
  for (const _ of common(sources, sum)) if (++count === limit) break;
  reply.integer(count);
}
