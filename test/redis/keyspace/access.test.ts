/** What a record remembers of its use. */

import t from "tap";
import { AccessClock } from "../../../examples/redis/keyspace/access.ts";

const MINUTE = 60_000;

t.test("idle time is what has passed since the last use", (t) => {
  const clock = { now: 1_700_000_000_000 };
  const access = new AccessClock(clock);
  let last = access.first();
  clock.now += 10_000;
  t.equal(access.idleTime(last), 10_000);
  last = access.touched(last);
  t.equal(access.idleTime(last), 0);
  t.end();
});

t.test("idle time survives the turn of the clock's 32 bits", (t) => {
  const clock = { now: 2 ** 31 * 4 - 1000 };
  const access = new AccessClock(clock);
  const last = access.first();
  clock.now += 5000;
  t.equal(access.idleTime(last), 5000);
  t.end();
});

t.test("a frequency grows with use, ever more slowly, and no further than 255", (t) => {
  const access = new AccessClock({ now: 0 });
  access.countsFrequency = true;
  access.logFactor = 0;
  let last = access.first();
  t.equal(access.frequency(last), 5);
  for (let i = 0; i < 100; i++) last = access.touched(last);
  t.equal(access.frequency(last), 105, "factor 0 counts every use");
  for (let i = 0; i < 1000; i++) last = access.touched(last);
  t.equal(access.frequency(last), 255);
  access.logFactor = 10;
  last = access.first();
  for (let i = 0; i < 1000; i++) last = access.touched(last);
  const frequency = access.frequency(last);
  t.ok(frequency > 8 && frequency < 40, `${frequency} after 1000 uses`);
  t.end();
});

t.test("a frequency shrinks by one for every lfu-decay-time minutes", (t) => {
  const clock = { now: 100 * MINUTE };
  const access = new AccessClock(clock);
  access.countsFrequency = true;
  access.decayTime = 2;
  const last = access.first();
  clock.now += 3 * MINUTE;
  t.equal(access.frequency(last), 4);
  clock.now += 100 * MINUTE;
  t.equal(access.frequency(last), 0);
  access.decayTime = 0;
  t.equal(access.frequency(last), 5);
  t.end();
});
