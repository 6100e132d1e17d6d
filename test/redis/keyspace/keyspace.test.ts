// The keyspace alone: long random histories, and its corner cases.

import t from "tap";
import { Keyspace, NEVER, NONE } from "../../../examples/redis/keyspace/keyspace.ts";
import { LIST, STRING } from "../../../examples/redis/keyspace/types.ts";
import { runHistory } from "../../helpers/keyspace-history.ts";
import { withoutMemory } from "../../helpers/no-memory.ts";
import { Random } from "../../helpers/random.ts";

for (const [seed, names] of [
  [1, 5],
  [2, 50],
  [3, 2000],
] as const) {
  t.test(`a random history over ${names} names leaves what a Map has`, async (t) => {
    runHistory(t, { seed, names, rounds: 10, steps: 1000 });
  });
}

t.test("lookup by bytes and by name is the same, for any bytes", async (t) => {
  const db = new Keyspace({ now: 1 });
  const bytes = Buffer.from([9, 9, 0, 255, 13, 10, 128, 9]);
  const value = Buffer.from([7, 1, 0, 200, 7]);
  db.setString(bytes, 2, 5, value, 1, 3);
  const name = bytes.toString("latin1", 2, 7);
  t.not(db.lookupName(name), NONE);
  t.equal(db.lookup(bytes, 2, 5), db.lookupName(name));
  t.equal(db.lookup(bytes, 2, 4), NONE);
  t.equal(db.stringValue(db.lookupName(name)), "\x01\0\xc8");
  value.fill(0);
  t.equal(db.stringValue(db.lookupName(name)), "\x01\0\xc8", "the value was copied");
});

t.test("an integer is stored as one and reads as its text", async (t) => {
  const db = new Keyspace({ now: 1 });
  const texts = ["0", "-5", "123456789012345678", "9223372036854775807", "-9223372036854775808"];
  for (const text of texts) {
    const ref = db.setStringValue("k", text);
    t.equal(db.stringEncoding(ref), "int", text);
    t.equal(db.stringValue(ref), text);
    t.equal(db.stringLength(ref), text.length);
    t.equal(BigInt(db.integerValue(ref) as bigint), BigInt(text));
  }
  for (const text of ["", "-", "+1", "01", "-0", "1.0", " 1", "9223372036854775808"]) {
    const ref = db.setStringValue("k", text);
    t.not(db.stringEncoding(ref), "int", JSON.stringify(text));
    t.equal(db.integerValue(ref), undefined);
    t.equal(db.stringValue(ref), text);
  }
});

t.test("setInteger replaces the value and keeps the expiry", async (t) => {
  const db = new Keyspace({ now: 1 });
  let ref = db.setExpiry(db.setStringValue("k", "text"), 500);
  for (const value of [7, -(2 ** 53), 2n ** 63n - 1n, 5n]) {
    ref = db.setInteger(ref, value);
    t.equal(db.stringValue(ref), value.toString());
    t.equal(db.stringEncoding(ref), "int");
  }
  t.equal(db.expiry(ref), 500);
});

t.test("the encodings of text are Redis's", async (t) => {
  const db = new Keyspace({ now: 1 });
  t.equal(db.stringEncoding(db.setStringValue("k", "x".repeat(44))), "embstr");
  t.equal(db.stringEncoding(db.setStringValue("k", "x".repeat(45))), "raw");
  const ref = db.resizeString(db.setStringValue("k", "12"), 3);
  db.buffer[db.offset + 2] = 51;
  t.equal(db.stringEncoding(ref), "raw");
  t.equal(db.stringValue(ref), "123");
});

t.test("a string that grows has zeros where nothing was written", async (t) => {
  const db = new Keyspace({ now: 1 });
  let ref = db.resizeString(db.setStringValue("k", "abc"), 6);
  t.equal(db.stringValue(ref), "abc\0\0\0");
  ref = db.resizeString(ref, 6);
  db.buffer.fill(120, db.offset + 3, db.offset + 6);
  ref = db.resizeString(db.resizeString(ref, 2), 5);
  t.equal(db.stringValue(ref), "ab\0\0\0", "not what was there before it shrank");
});

t.test("a key of another type holds an object until it is overwritten", async (t) => {
  const clock = { now: 1 };
  const db = new Keyspace(clock);
  const value = { bytes: 100, accounted: 0 };
  db.setExpiry(db.setObject("k", LIST, value), 500);
  t.equal(db.type(db.lookupName("k")), LIST);
  t.equal(db.object(db.lookupName("k")), value);
  db.setStringValue("k", "v");
  t.equal(db.type(db.lookupName("k")), STRING);
  t.equal(db.expiry(db.lookupName("k")), NEVER);
  t.equal(db.size, 1);
});

t.test("moving to another database takes value, type and expiry along", async (t) => {
  const clock = { now: 1 };
  const [source, target] = [new Keyspace(clock), new Keyspace(clock)];
  const value = { bytes: 100, accounted: 0 };
  target.setStringValue("k", "in the way");
  source.setExpiry(source.setObject("k", LIST, value), 500);
  source.moveTo(source.lookupName("k"), target, "k");
  t.equal(source.size, 0);
  t.equal(source.volatileSize, 0);
  t.equal(target.size, 1);
  t.equal(target.object(target.lookupName("k")), value);
  t.equal(target.expiry(target.lookupName("k")), 500);
});

t.test("a key expires at its time and not before", async (t) => {
  const clock = { now: 100 };
  const db = new Keyspace(clock);
  db.setExpiry(db.setStringValue("k", "v"), 105);
  clock.now = 104;
  t.not(db.lookupName("k"), NONE);
  clock.now = 105;
  t.equal(db.size, 1, "nobody has looked yet");
  t.equal(db.peekName("k"), NONE);
  t.equal(db.size, 0);
  t.equal(db.expired, 1);
});

t.test("expireSome looks at so many keys and gets round to all", async (t) => {
  const clock = { now: 100 };
  const db = new Keyspace(clock);
  for (let i = 0; i < 100; i++) db.setExpiry(db.setStringValue(`k${i}`, "v"), i % 2 ? 150 : 1000);
  t.equal(db.expireSome(1000), 0);
  clock.now = 200;
  const removed = Array.from({ length: 20 }, () => db.expireSome(10));
  t.ok(removed.every((count) => count <= 10));
  t.equal(
    removed.reduce((sum, count) => sum + count),
    50,
  );
  t.equal(db.size, 50);
  t.equal(db.expireSome(0), 0);
});

t.test("random finds every key, no expired one, and none in an empty database", async (t) => {
  const clock = { now: 100 };
  const db = new Keyspace(clock);
  t.equal(db.random(), NONE);
  for (let i = 0; i < 8; i++) db.setStringValue(`k${i}`, "v");
  db.setExpiry(db.setStringValue("old", "v"), 150);
  clock.now = 200;
  const found = new Set<string>();
  for (let i = 0; i < 2000; i++) found.add(db.keyName(db.random()));
  t.same(
    [...found].sort(),
    Array.from({ length: 8 }, (_, i) => `k${i}`),
  );
  db.setExpiry(db.lookupName("k0"), 150);
  for (let i = 1; i < 8; i++) db.removeName(`k${i}`);
  t.equal(db.random(), NONE, "the only key has expired");
});

t.test(
  "a scan visits what stays, while keys are added and removed between its steps",
  async (t) => {
    const random = new Random(11);
    for (let round = 0; round < 20; round++) {
      const db = new Keyspace({ now: 1 });
      for (let i = 0; i < 200; i++) db.setStringValue(`${i % 3 ? "kept" : "gone"}:${i}`, "v");
      const seen = new Set<string>();
      let cursor = 0;
      let steps = 0;
      do {
        cursor = db.scan(cursor, 1 + random.below(20), (ref) => seen.add(db.keyName(ref)));
        for (let i = 0; i < 5; i++) db.removeName(`gone:${random.below(200)}`);
        db.setStringValue(`new:${steps}`, "v");
        steps++;
      } while (cursor !== 0 && steps < 1000);
      t.equal(cursor, 0, "it ends");
      t.equal([...seen].filter((name) => name.startsWith("kept")).length, 133, `round ${round}`);
    }
  },
);

t.test("a cursor from somewhere else is harmless", async (t) => {
  const db = new Keyspace({ now: 1 });
  for (let i = 0; i < 10; i++) db.setStringValue(`k${i}`, "v");
  for (const cursor of [10, 11, 1e6, 2 ** 53, 2 ** 64]) {
    let visited = 0;
    db.scan(cursor, 1000, () => visited++);
    t.ok(visited <= 10, `cursor ${cursor}`);
  }
});

t.test("idle time is since the last lookup; a peek is none", async (t) => {
  const clock = { now: 1000 };
  const db = new Keyspace(clock);
  db.setStringValue("k", "v");
  clock.now = 1500;
  t.equal(db.idleTime(db.peekName("k")), 500);
  t.equal(db.idleTime(db.lookupName("k")), 0);
});

t.test("clear leaves nothing", async (t) => {
  const db = new Keyspace({ now: 1 });
  for (let i = 0; i < 100; i++) db.setExpiry(db.setStringValue(`k${i}`, "v"), 1000);
  const before = db.changes;
  db.clear();
  t.equal(db.size, 0);
  t.equal(db.volatileSize, 0);
  t.equal(db.lookupName("k1"), NONE);
  t.equal(db.random(), NONE);
  t.equal(db.changes - before, 100);
  db.setStringValue("k1", "w");
  t.equal(db.stringValue(db.lookupName("k1")), "w");
});

t.test("every kind of change is counted", async (t) => {
  const db = new Keyspace({ now: 1 });
  const changing = [
    () => db.setStringValue("k", "v"),
    () => db.setObject("o", LIST, { bytes: 100, accounted: 0 }),
    () => db.replaceString(db.lookupName("k"), Buffer.from("w"), 0, 1),
    () => db.resizeString(db.lookupName("k"), 5),
    () => db.setInteger(db.lookupName("k"), 1),
    () => db.setExpiry(db.lookupName("k"), 500),
    () => db.moveTo(db.lookupName("k"), db, "l"),
    () => db.remove(db.lookupName("l")),
  ];
  for (const change of changing) {
    const before = db.changes;
    change();
    t.ok(db.changes > before, String(change));
  }
  const before = db.changes;
  db.lookupName("o");
  db.random();
  t.equal(db.changes, before, "reading changes nothing");
});

t.test("a long string is overwritten where it is, if it fits", async (t) => {
  const db = new Keyspace({ now: 1000 });
  db.setStringValue("key", "a".repeat(100_000));
  const read = () => {
    const ref = db.lookupName("key");
    db.readString(ref);
    return { value: db.stringValue(ref), buffer: db.buffer };
  };
  const { buffer } = read();
  db.setStringValue("key", "b".repeat(90_000));
  t.equal(read().buffer, buffer);
  t.equal(read().value, "b".repeat(90_000));
  db.setStringValue("key", "c".repeat(20_000));
  t.not(read().buffer, buffer, "much too large a room is given back");
  t.equal(read().value, "c".repeat(20_000));
  db.setStringValue("key", "12");
  t.equal(db.stringEncoding(db.lookupName("key")), "int");
});

t.test("memory is counted to the byte, and given back", async (t) => {
  const db = new Keyspace({ now: 1000 });
  const empty = db.bytes;
  db.setStringValue("k", "v".repeat(20));
  const small = db.bytes;
  t.ok(small > empty);
  t.equal(db.sizeOf(db.lookupName("k")), small - empty, "a record is all a short string takes");
  db.setStringValue("long", "v".repeat(100_000));
  t.equal(db.bytes - small, db.sizeOf(db.lookupName("long")));
  const list = { bytes: 500, accounted: 0 };
  db.setObject("list", LIST, list);
  const before = db.bytes;
  list.bytes = 900;
  db.modified("list", list);
  t.equal(db.bytes - before, 400);
  for (const key of ["k", "long", "list"]) db.removeName(key);
  t.equal(db.bytes, empty);
  db.setObject("list", LIST, list);
  db.setStringValue("list", "v");
  db.removeName("list");
  db.setObject("list", LIST, list);
  db.clear();
  t.equal(db.bytes, empty);
});

t.test("a draw among keys that have expired comes to an end", async (t) => {
  const clock = { now: 1000 };
  const db = new Keyspace(clock);
  for (let i = 0; i < 5000; i++) db.setExpiry(db.setStringValue(`key:${i}`, "v"), 2000);
  clock.now = 3000;
  t.equal(db.random(), NONE);
  t.ok(db.size > 3000, "and leaves the rest for later");
  db.clear();
  db.setStringValue("live", "v");
  t.equal(db.keyName(db.random()), "live");
});

t.test("a value of any size keeps its bytes when its key gets another length", async (t) => {
  const db = new Keyspace({ now: 1 });
  const names = ["k", "l".repeat(4_000), "m".repeat(5_000), "n".repeat(80), "o".repeat(4_096)];
  const empty = db.bytes;
  for (const size of [0, 20, 4_000, 4_080, 8_150, 8_192, 200_000]) {
    const value = "v".repeat(size);
    db.setStringValue("k", value);
    db.setExpiry(db.lookupName("k"), 500);
    for (const [i, name] of names.entries()) {
      const next = names[(i + 1) % names.length] as string;
      db.moveTo(db.lookupName(name), db, next);
      t.equal(db.stringValue(db.lookupName(next)), value);
      t.equal(db.expiry(db.lookupName(next)), 500);
    }
    t.equal(db.size, 1);
    t.equal(db.volatileSize, 1);
    db.removeName("k");
    t.equal(db.bytes, empty, "and nothing is left of it");
  }
});

t.test("a key moved to its own name stays as it is", async (t) => {
  const db = new Keyspace({ now: 1 });
  db.setExpiry(db.setStringValue("k", "v"), 500);
  db.moveTo(db.lookupName("k"), db, "k");
  t.equal(db.stringValue(db.lookupName("k")), "v");
  t.equal(db.expiry(db.lookupName("k")), 500);
});

t.test("a key that can't be moved for want of memory is still there", async (t) => {
  const clock = { now: 1 };
  const [source, target] = [new Keyspace(clock), new Keyspace(clock)];
  source.setExpiry(source.setStringValue("k", "value"), 500);
  const list = { bytes: 100, accounted: 0 };
  source.setObject("l", LIST, list);
  const { bytes } = source;
  for (const key of ["k", "l"]) {
    const move = () => source.moveTo(source.lookupName(key), target, key);
    t.throws(() => withoutMemory(move), RangeError);
  }
  t.equal(source.stringValue(source.lookupName("k")), "value");
  t.equal(source.expiry(source.lookupName("k")), 500);
  t.equal(source.object(source.lookupName("l")), list);
  t.equal(source.bytes, bytes);
  t.equal(target.size, 0);
});
