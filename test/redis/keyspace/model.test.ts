/** The keyspace against a Map: random histories, which fast-check shrinks when one fails. */

import t from "tap";
import { Keyspace, NONE } from "../../../examples/redis/keyspace/keyspace.ts";
import { checkHistories } from "../../helpers/keyspace-pair.ts";

t.test("whatever happens to a few keys, the keyspace holds what a Map does", async (t) => {
  checkHistories(150);
  t.pass("no history makes them differ");
});

t.test("100 000 keys come, change their size and go, and their memory with them", async (t) => {
  const db = new Keyspace({ now: 1 });
  const count = 100_000;
  const empty = db.bytes;
  const value = (i: number, round: number) => `${i}:`.padEnd(8 + ((i * 7 + round * 31) % 90), "v");
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < count; i++) db.setStringValue(`key:${i}`, value(i, round));
    t.equal(db.size, count);
  }
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    const ref = db.lookupName(`key:${i}`);
    if (ref === NONE || db.stringValue(ref) !== value(i, 1)) wrong++;
  }
  t.equal(wrong, 0);
  t.ok(db.unusedBytes < db.bytes / 2, "little is lost to fragmentation");
  for (let i = 0; i < count; i++) db.removeName(`key:${i}`);
  t.equal(db.size, 0);
  t.equal(db.unusedBytes, 0, "every page of the slab is free");
  t.ok(db.bytes <= empty + 64 * 1024, "the index has shrunk");
});
