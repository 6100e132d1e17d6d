/**
 * Two databases and two Maps that should hold the same, and what can happen to them, for fast-check
 * to draw histories from, and to shrink one that makes them differ.
 */

import fc from "fast-check";
import { Keyspace, NEVER, NONE } from "../../examples/redis/keyspace/keyspace.ts";
import { LIST, STRING } from "../../examples/redis/keyspace/types.ts";

interface Entry {
  /** A string's bytes, or the object of another type. */
  value: string | object;
  expireAt: number;
}

/** Two databases, since a key can move, and what they should hold. */
class Pair {
  readonly clock = { now: 1_000_000 };
  readonly db = new Keyspace(this.clock);
  readonly other = new Keyspace(this.clock);
  readonly map = new Map<string, Entry>();
  readonly otherMap = new Map<string, Entry>();

  /** Runs a change on a key that both sides have, and fails when only one has it. */
  with(key: string, change: (ref: number, entry: Entry) => void): void {
    this.expire();
    const entry = this.map.get(key);
    const ref = this.db.lookupName(key);
    if ((ref !== NONE) !== (entry !== undefined)) throw new Error(`one side lacks ${key}`);
    if (entry !== undefined) change(ref, entry);
  }

  expire(): void {
    for (const map of [this.map, this.otherMap]) {
      for (const [key, { expireAt }] of map) {
        if (expireAt !== NEVER && expireAt <= this.clock.now) map.delete(key);
      }
    }
  }

  check(): void {
    this.expire();
    checkSame(this.db, this.map);
    checkSame(this.other, this.otherMap);
  }
}

function checkSame(db: Keyspace, map: Map<string, Entry>): void {
  while (db.expireSome(1000) > 0);
  const timed = [...map.values()].filter(({ expireAt }) => expireAt !== NEVER).length;
  if (db.size !== map.size) throw new Error(`${db.size} keys instead of ${map.size}`);
  if (db.volatileSize !== timed) throw new Error(`${db.volatileSize} timed instead of ${timed}`);
  for (const [key, { value, expireAt }] of map) {
    const ref = db.peekName(key);
    if (ref === NONE) throw new Error(`${key} is lost`);
    const found = db.type(ref) === STRING ? db.stringValue(ref) : db.object(ref);
    if (found !== value) throw new Error(`another value under ${key}`);
    if (db.expiry(ref) !== expireAt) throw new Error(`another expiry of ${key}`);
  }
  if (map.size > 0 && !map.has(db.keyName(db.random()))) throw new Error("a random key is unknown");
}

type Step = (pair: Pair) => void;

const keys = fc.constantFrom("", "\0\xff", "k".repeat(65), "l".repeat(70_000));
const sizes = fc.oneof(
  fc.nat(64),
  fc.nat(9000),
  fc.constantFrom(0, 44, 45, 8168, 8176, 8192, 100_000),
);
const times = fc.constantFrom(-1e6, -5, 1, 3, 50, 1e6, 2 ** 53, 1e300);

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(keys, sizes, fc.nat(255)).map(([key, size, byte]) => ({ db, map }: Pair) => {
    const value = String.fromCharCode(byte).repeat(size);
    db.setStringValue(key, value);
    map.set(key, { value, expireAt: NEVER });
  }),
  fc.tuple(keys, sizes).map(([key, size]) => (pair: Pair) => {
    pair.with(key, (ref, entry) => {
      if (typeof entry.value !== "string") return;
      pair.db.resizeString(ref, size);
      entry.value = entry.value.slice(0, size).padEnd(size, "\0");
    });
  }),
  fc.tuple(keys, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)).map(([key, value]) => (pair: Pair) => {
    pair.with(key, (ref, entry) => {
      if (typeof entry.value !== "string") return;
      pair.db.setInteger(ref, value);
      entry.value = value.toString();
    });
  }),
  keys.map((key) => ({ db, map }: Pair) => {
    const value = { bytes: 100, accounted: 0 };
    db.setObject(key, LIST, value);
    map.set(key, { value, expireAt: NEVER });
  }),
  fc.tuple(keys, times).map(([key, after]) => (pair: Pair) => {
    pair.with(key, (ref, entry) => {
      entry.expireAt = pair.clock.now + after;
      pair.db.setExpiry(ref, entry.expireAt);
    });
  }),
  keys.map((key) => (pair: Pair) => {
    pair.with(key, (ref, entry) => {
      entry.expireAt = NEVER;
      pair.db.setExpiry(ref, NEVER);
    });
  }),
  keys.map((key) => (pair: Pair) => {
    pair.with(key, (ref) => pair.db.remove(ref));
    pair.map.delete(key);
  }),
  fc.tuple(keys, keys, fc.boolean()).map(([from, to, isFar]) => (pair: Pair) => {
    pair.with(from, (ref, entry) => {
      pair.db.moveTo(ref, isFar ? pair.other : pair.db, to);
      pair.map.delete(from);
      (isFar ? pair.otherMap : pair.map).set(to, entry);
    });
  }),
  fc.nat(4).map((passed) => ({ clock }: Pair) => {
    clock.now += passed;
  }),
];

const rarely: fc.Arbitrary<Step> = fc.constant(({ db, map }: Pair) => {
  db.clear();
  map.clear();
});

/** Throws, with the seed and the shortest history, when a history makes the two sides differ. */
export function checkHistories(numRuns: number): void {
  const step = fc.oneof(...steps.map((arbitrary, i) => ({ weight: i < 2 ? 30 : 8, arbitrary })), {
    weight: 1,
    arbitrary: rarely,
  });
  const histories = fc.array(step, { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(histories, (history) => {
      const pair = new Pair();
      for (const [i, take] of history.entries()) {
        take(pair);
        if (i % 5 === 0) pair.check();
      }
      pair.check();
    }),
    { numRuns },
  );
}
