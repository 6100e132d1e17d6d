/** Memory of what was flushed or ran empty goes back, a piece at a time. */

import t from "tap";
import { giveBackSome } from "../../examples/redis/give-back.ts";
import { Keyspace } from "../../examples/redis/keyspace/keyspace.ts";

const MB = 2 ** 20;

t.test("what a flush leaves goes back in pieces, and what came after it stays", async (t) => {
  const db = new Keyspace({ now: 1 });
  const value = "v".repeat(2_000);
  for (let i = 0; i < 50_000; i++) db.setStringValue(`key:${i}`, value);
  const long = "w".repeat(40 * MB);
  db.setStringValue("long", long);
  db.clear();
  for (let i = 0; i < 1_000; i++) db.setStringValue(`new:${i}`, value);
  const before = process.memoryUsage().rss;
  let pieces = 1;
  while (giveBackSome()) pieces++;
  t.ok(pieces > 10, `${pieces} pieces`);
  t.ok(before - process.memoryUsage().rss > 100 * MB);
  let lost = 0;
  for (let i = 0; i < 1_000; i++) {
    if (db.stringValue(db.lookupName(`new:${i}`)) !== value) lost++;
  }
  t.equal(lost, 0);
  t.equal(giveBackSome(), false, "nothing is left");
});
