/**
 * What programs use Redis for, with ioredis and node-redis: messages, queues on lists and streams,
 * transactions that notice others, a cache that is told of changes.
 */

import { Redis } from "ioredis";
import { BasicClientSideCache, createClient } from "redis";
import { portOf, session, urlOf } from "../helpers/client-session.ts";
import { eventually } from "../helpers/redis-server.ts";

session("ioredis: messages by channel and by pattern", [], async (t, server, noise) => {
  const publisher = noise.of(new Redis(portOf(server)));
  const subscriber = noise.of(new Redis(portOf(server)));
  const heard: string[] = [];
  subscriber.on("message", (channel, message) => heard.push(`${channel}: ${message}`));
  subscriber.on("pmessage", (pattern, channel, message) => {
    heard.push(`${pattern} ${channel}: ${message}`);
  });
  t.equal(await subscriber.subscribe("news"), 1);
  t.equal(await subscriber.psubscribe("n?ws"), 2);
  t.equal(await publisher.publish("news", "héllo"), 2);
  t.equal(await publisher.publish("other", "x"), 0);
  await eventually(() => heard.length === 2);
  t.strictSame(heard, ["news: héllo", "n?ws news: héllo"]);
  await subscriber.unsubscribe("news");
  await subscriber.punsubscribe("n?ws");
  t.equal(await subscriber.ping(), "PONG");
  await Promise.all([publisher.quit(), subscriber.quit()]);
});

session("ioredis: a queue on lists, whose workers wait", [], async (t, server, noise) => {
  const producer = noise.of(new Redis(portOf(server)));
  const workers = [1, 2].map(() => noise.of(new Redis(portOf(server))));
  const done: string[] = [];
  const work = workers.map(async (worker) => {
    for (;;) {
      const job = await worker.blmove("jobs", "running", "RIGHT", "LEFT", 0);
      if (job === "end") break;
      done.push(`${job}`);
      await worker.lrem("running", 1, `${job}`);
    }
  });
  for (let i = 0; i < 50; i++) await producer.lpush("jobs", `job ${i}`);
  await eventually(() => done.length === 50);
  await producer.lpush("jobs", "end", "end");
  await Promise.all(work);
  t.equal(new Set(done).size, 50, "each is done once");
  t.strictSame(await producer.lrange("running", 0, -1), ["end", "end"]);
  t.equal(await producer.brpop("jobs", 0.1), null);
  await Promise.all([producer, ...workers].map((client) => client.quit()));
});

session("ioredis: a stream, its consumers, and who takes over", [], async (t, server, noise) => {
  const redis = noise.of(new Redis(portOf(server)));
  const waiting = noise.of(new Redis(portOf(server)));
  await redis.xgroup("CREATE", "events", "group", "$", "MKSTREAM");
  const read = waiting.xreadgroup(
    ...(["GROUP", "group", "one", "COUNT", 10, "BLOCK", 0, "STREAMS", "events", ">"] as const),
  );
  const id = await redis.xadd("events", "*", "kind", "first");
  t.strictSame(await read, [["events", [[id, ["kind", "first"]]]]]);
  t.match(await redis.xpending("events", "group"), [1, id, id, [["one", "1"]]]);
  const [, claimed] = (await redis.xautoclaim("events", "group", "two", 0, "0")) as unknown[];
  t.strictSame(claimed, [[id, ["kind", "first"]]]);
  t.equal(await redis.xack("events", "group", `${id}`), 1);
  t.match(await redis.xpending("events", "group"), [0]);
  await Promise.all([redis.quit(), waiting.quit()]);
});

session("node-redis: a transaction notices who came in between", [], async (t, server, noise) => {
  const client = noise.of(createClient({ url: urlOf(server), RESP: 3 }));
  const other = noise.of(createClient({ url: urlOf(server) }));
  await Promise.all([client.connect(), other.connect()]);
  await client.watch("balance");
  await other.set("balance", "1");
  await t.rejects(client.multi().incr("balance").exec(), {
    message: /watched keys/,
  });
  await client.watch("balance");
  t.strictSame(await client.multi().incr("balance").get("balance").exec(), [2, "2"]);
  await Promise.all([client.close(), other.close()]);
});

session("node-redis: pushed messages and waiting reads in RESP3", [], async (t, server, noise) => {
  const client = noise.of(createClient({ url: urlOf(server), RESP: 3 }));
  const waiting = noise.of(createClient({ url: urlOf(server), RESP: 3 }));
  await Promise.all([client.connect(), waiting.connect()]);
  const heard: string[] = [];
  await waiting.subscribe("channel", (message) => heard.push(message));
  t.equal(await client.publish("channel", "hello"), 1);
  await eventually(() => heard.length === 1);
  await waiting.unsubscribe("channel");
  const popped = waiting.blPop("list", 0);
  await client.rPush("list", "element");
  t.strictSame({ ...(await popped) }, { key: "list", element: "element" });
  const read = waiting.xRead({ key: "stream", id: "$" }, { BLOCK: 0 });
  // The read has to wait first: what is there before it comes does not count.
  await eventually(async () =>
    /cmd=xread\b/.test(`${await client.sendCommand(["CLIENT", "LIST"])}`),
  );
  await client.xAdd("stream", "1-1", { field: "value" });
  t.match(JSON.stringify(await read), /"1-1".*"field".*"value"/);
  await Promise.all([client.close(), waiting.close()]);
});

session("node-redis: a cache of its own is told of changes", [], async (t, server, noise) => {
  const cache = new BasicClientSideCache({ maxEntries: 100 });
  const client = noise.of(createClient({ url: urlOf(server), RESP: 3, clientSideCache: cache }));
  const other = noise.of(createClient({ url: urlOf(server) }));
  await Promise.all([client.connect(), other.connect()]);
  await other.set("key", "old");
  t.equal(await client.get("key"), "old");
  t.equal(await client.get("key"), "old");
  t.equal(cache.stats().hitCount, 1);
  await other.set("key", "new");
  await eventually(async () => (await client.get("key")) === "new");
  t.equal(await client.get("key"), "new");
  await Promise.all([client.close(), other.close()]);
});
