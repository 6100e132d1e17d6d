/** Random histories of a keyspace, compared with what a Map holds after the same. */

import type { Test } from "tap";
import { Keyspace, NEVER, NONE } from "../../examples/redis/keyspace/keyspace.ts";
import { Random } from "./random.ts";

interface Expected {
  value: string;
  expireAt: number;
}

/** A keyspace and a Map that are told the same. */
class Model {
  readonly clock = { now: 1_000_000 };
  readonly db = new Keyspace(this.clock);
  readonly map = new Map<string, Expected>();

  /** What the Map has under `name` that has not expired. */
  expected(name: string): Expected | undefined {
    const entry = this.map.get(name);
    if (entry === undefined || entry.expireAt === NEVER) return entry;
    return entry.expireAt > this.clock.now ? entry : undefined;
  }

  set(name: string, value: string): void {
    this.db.setStringValue(name, value);
    this.map.set(name, { value, expireAt: NEVER });
  }

  expire(name: string, after: number): void {
    const ref = this.db.lookupName(name);
    const entry = this.expected(name);
    if (ref !== NONE) this.db.setExpiry(ref, this.clock.now + after);
    if (entry !== undefined) entry.expireAt = this.clock.now + after;
  }

  persist(name: string): void {
    const ref = this.db.lookupName(name);
    const entry = this.expected(name);
    if (ref !== NONE) this.db.setExpiry(ref, NEVER);
    if (entry !== undefined) entry.expireAt = NEVER;
  }

  append(name: string, more: string): void {
    const ref = this.db.lookupName(name);
    const entry = this.expected(name);
    if (ref === NONE || entry === undefined) return;
    const length = this.db.stringLength(ref);
    this.db.resizeString(ref, length + more.length);
    this.db.buffer.write(more, this.db.offset + length, "latin1");
    entry.value += more;
  }

  replace(name: string, value: string): void {
    const ref = this.db.lookupName(name);
    const entry = this.expected(name);
    const bytes = Buffer.from(value, "latin1");
    if (ref !== NONE) this.db.replaceString(ref, bytes, 0, bytes.length);
    if (entry !== undefined) entry.value = value;
  }

  rename(from: string, to: string): void {
    const ref = this.db.lookupName(from);
    const entry = this.expected(from);
    if (ref !== NONE) this.db.moveTo(ref, this.db, to);
    if (entry === undefined) return;
    this.map.delete(from);
    this.map.set(to, entry);
  }

  remove(name: string): boolean {
    const isThere = this.expected(name) !== undefined;
    this.map.delete(name);
    return this.db.removeName(name) === isThere;
  }

  wait(milliseconds: number): void {
    this.clock.now += milliseconds;
  }

  /** Removes what has expired on both sides. */
  settle(): void {
    while (this.db.expireSome(1000) > 0);
    for (const name of this.map.keys()) {
      if (this.expected(name) === undefined) this.map.delete(name);
    }
  }
}

function contents(db: Keyspace): Map<string, Expected> {
  const found = new Map<string, Expected>();
  db.scan(0, Number.POSITIVE_INFINITY, (ref) => {
    found.set(db.keyName(ref), { value: db.stringValue(ref), expireAt: db.expiry(ref) });
  });
  return found;
}

function same(t: Test, model: Model, what: string): void {
  model.settle();
  t.equal(model.db.size, model.map.size, `${what}: size`);
  const found = contents(model.db);
  const different = [...model.map].filter(([name, { value, expireAt }]) => {
    const entry = found.get(name);
    return entry === undefined || entry.value !== value || entry.expireAt !== expireAt;
  });
  t.same(different, [], `${what}: contents`);
  const volatile = [...model.map.values()].filter(({ expireAt }) => expireAt !== NEVER);
  t.equal(model.db.volatileSize, volatile.length, `${what}: keys with an expiry`);
}

const VALUES = [
  "",
  "0",
  "-1",
  "12345",
  "007",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "\0\xff\r\n",
  "x".repeat(44),
  "x".repeat(45),
  "y".repeat(5000),
];

export interface History {
  seed: number;
  /** How many different keys there are. */
  names: number;
  /** After each round all is compared. */
  rounds: number;
  /** Changes in a round. */
  steps: number;
}

export function runHistory(t: Test, { seed, names, rounds, steps }: History): void {
  const random = new Random(seed);
  const model = new Model();
  const name = () => `key:${random.below(names)}`;
  let lies = 0;
  const actions = [
    () => model.set(name(), random.pick(VALUES)),
    () => model.set(name(), random.letters("ab1", 3)),
    () => model.expire(name(), random.below(20) - 2),
    () => model.expire(name(), 1000),
    () => model.persist(name()),
    () => model.append(name(), random.pick(VALUES)),
    () => model.replace(name(), random.pick(VALUES)),
    () => model.rename(name(), name()),
    () => {
      if (!model.remove(name())) lies++;
    },
    () => model.wait(random.below(3)),
  ];
  for (let round = 1; round <= rounds; round++) {
    for (let i = 0; i < steps; i++) random.pick(actions)();
    same(t, model, `after ${round * steps} steps`);
  }
  t.equal(lies, 0, "every removal told the truth");
}
