/**
 * Sessions as users write them, with ioredis and node-redis: the values are right, nobody warns,
 * and nothing keeps a program alive when its clients have been closed. See also tools.test.ts.
 */

import { once } from "node:events";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createClient, createClientPool, RESP_TYPES } from "redis";
import t from "tap";
import { holders, holdsNothing, Noise, portOf, session, urlOf } from "../helpers/client-session.ts";
import { folder, startServer } from "../helpers/redis-server.ts";
import { run } from "../helpers/run.ts";

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const NAMES = Array.from({ length: 100 }, (_, i) => `name:${i}`);

/** What CLIENT INFO says about one field. */
const fieldOf = (info: unknown, name: string) =>
  new RegExp(`\\b${name}=(\\S*)`).exec(`${info}`)?.[1];

for (const protocol of [2, 3] as const) {
  session(`ioredis, RESP${protocol}: values of every type`, [], async (t, server, noise) => {
    const redis = noise.of(new Redis(portOf(server), "127.0.0.1", { protocol }));
    t.equal(await redis.set("greeting", "hello, wörld"), "OK");
    t.equal(await redis.get("greeting"), "hello, wörld");
    t.equal(await redis.set("greeting", "x", "PX", 10_000, "NX"), null);
    t.equal(await redis.get("nosuch"), null);
    t.equal(await redis.incrby("counter", 5), 5);
    t.equal(await redis.incrbyfloat("counter", 0.5), "5.5");
    t.strictSame(await redis.mget("greeting", "nosuch", "counter"), ["hello, wörld", null, "5.5"]);
    t.equal(await redis.expire("counter", 100), 1);
    t.equal(await redis.ttl("counter"), 100);
    t.equal(await redis.hset("hash", { field: "value", other: 2 }), 2);
    t.strictSame(await redis.hgetall("hash"), { field: "value", other: "2" });
    t.equal(await redis.rpush("list", "a", "b", "c"), 3);
    t.strictSame(await redis.lrange("list", 0, -1), ["a", "b", "c"]);
    t.equal(await redis.sadd("set", "a", "b", "a"), 2);
    t.strictSame((await redis.smembers("set")).sort(), ["a", "b"]);
    t.equal(await redis.exists("list", "set", "nosuch"), 2);
    t.equal(await redis.type("list"), "list");
    await t.rejects(redis.incr("list"), { name: "ReplyError", message: /^WRONGTYPE / });
    t.equal(fieldOf(await redis.client("INFO"), "resp"), String(protocol));
    t.match(fieldOf(await redis.client("INFO"), "lib-name"), "ioredis");
    t.equal(await redis.quit(), "OK");
  });
}

session("ioredis: every byte in keys and values", [], async (t, server, noise) => {
  const redis = noise.of(new Redis(portOf(server)));
  const large = Buffer.alloc(3_000_000, ALL_BYTES);
  await redis.set(ALL_BYTES, ALL_BYTES);
  t.strictSame(await redis.getBuffer(ALL_BYTES), ALL_BYTES);
  t.strictSame(await redis.keysBuffer("*"), [ALL_BYTES]);
  await redis.set("large", large);
  t.ok((await redis.getBuffer("large"))?.equals(large));
  await redis.hset("hash", ALL_BYTES, large);
  t.ok((await redis.hgetBuffer("hash", ALL_BYTES))?.equals(large));
  redis.disconnect();
  await once(redis, "end");
});

session("ioredis: pipelines, and those it makes by itself", [], async (t, server, noise) => {
  const redis = noise.of(new Redis(portOf(server), { enableAutoPipelining: true }));
  const replies = await redis.pipeline().set("a", 1).incr("a").lpush("a", 1).get("a").exec();
  t.strictSame(
    replies?.map(([error, value]) => error?.message.slice(0, 9) ?? value),
    ["OK", 2, "WRONGTYPE", "2"],
  );
  await Promise.all(NAMES.map((name) => redis.set(name, name)));
  t.strictSame(await Promise.all(NAMES.map((name) => redis.get(name))), NAMES);
  const many = redis.pipeline();
  for (let i = 0; i < 10_000; i++) many.incr("counter");
  t.strictSame((await many.exec())?.at(-1), [null, 10_000]);
  const transaction = redis.multi().set("b", 1).incr("b").lpush("b", 1).get("b");
  const results = await transaction.exec();
  t.strictSame(
    results?.map(([error, value]) => error?.message.slice(0, 9) ?? value),
    ["OK", 2, "WRONGTYPE", "2"],
  );
  await redis.quit();
});

session("ioredis: scan streams", [], async (t, server, noise) => {
  const redis = noise.of(new Redis(portOf(server)));
  await redis.mset(Object.fromEntries(NAMES.map((name) => [name, "x"])));
  await redis.sadd("set", NAMES);
  await redis.hset("hash", Object.fromEntries(NAMES.map((name) => [name, "x"])));
  const all = async (stream: AsyncIterable<string[]>) => {
    const found = new Set<string>();
    for await (const batch of stream) for (const name of batch) found.add(name);
    return found;
  };
  const expected = new Set(NAMES);
  t.strictSame(await all(redis.scanStream({ match: "name:*", count: 7 })), expected);
  t.strictSame(await all(redis.sscanStream("set")), expected);
  t.strictSame(await all(redis.hscanStream("hash")), new Set([...NAMES, "x"]));
  await redis.quit();
});

session(
  "ioredis: password and database in the URL, duplicates",
  ["--requirepass", "pass word"],
  async (t, server, noise) => {
    const url = `redis://:pass%20word@127.0.0.1:${portOf(server)}/3`;
    const redis = noise.of(new Redis(url, { connectionName: "billing" }));
    await redis.set("key", "in 3");
    t.equal(fieldOf(await redis.client("INFO"), "db"), "3");
    t.equal(await redis.client("GETNAME"), "billing");
    const other = noise.of(redis.duplicate());
    t.equal(await other.get("key"), "in 3");
    await other.select(0);
    t.equal(await other.get("key"), null);
    t.not(await redis.client("ID"), await other.client("ID"));
    await Promise.all([redis.quit(), other.quit()]);
  },
);

session(
  "ioredis: a wrong password is told to the program",
  ["--requirepass", "right"],
  async (t, server) => {
    const redis = new Redis({ port: portOf(server), password: "wrong", retryStrategy: () => null });
    const errors: string[] = [];
    redis.on("error", (error) => errors.push(error.message));
    await t.rejects(redis.get("key"));
    t.match(errors[0], /^WRONGPASS /);
    redis.disconnect();
  },
);

t.test("ioredis: over a unix socket, through a restart of the server", async (t) => {
  const path = join(folder(t), "socket");
  const noise = new Noise(t);
  const before = holders();
  const first = await startServer(t, ["--unixsocket", path]);
  const redis = new Redis(path, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  t.teardown(() => redis.disconnect());
  const errors = new Set<string | undefined>();
  redis.on("error", (error: NodeJS.ErrnoException) => errors.add(error.code));
  t.equal(await redis.set("key", 1), "OK");
  t.match(await redis.client("INFO"), `addr=${path}:0`);
  const closed = once(redis, "close");
  await first.stop();
  await closed;

  const later = redis.incr("counter");
  const second = await startServer(t, ["--unixsocket", path]);
  t.equal(await later, 1, "what was asked meanwhile is answered");
  t.equal(await redis.get("key"), null, "by another server");
  for (const code of errors) t.match(code, /^(ENOENT|ECONNREFUSED)$/);
  await redis.quit();
  await second.stop();
  await holdsNothing(t, before);
  t.strictSame(noise.heard, []);
});

for (const RESP of [2, 3] as const) {
  session(`node-redis, RESP${RESP}: values of every type`, [], async (t, server, noise) => {
    const client = noise.of(createClient({ url: urlOf(server), RESP }));
    await client.connect();
    t.equal(await client.set("greeting", "hello, wörld"), "OK");
    t.equal(await client.get("greeting"), "hello, wörld");
    const expiration = { type: "PX", value: 10_000 } as const;
    t.equal(await client.set("greeting", "x", { expiration, condition: "NX" }), null);
    t.equal(await client.get("nosuch"), null);
    t.equal(await client.incrBy("counter", 5), 5);
    t.equal(await client.incrByFloat("counter", 0.5), "5.5");
    t.strictSame(await client.mGet(["greeting", "nosuch"]), ["hello, wörld", null]);
    t.equal(await client.expire("counter", 100), 1);
    t.equal(await client.ttl("counter"), 100);
    t.equal(await client.hSet("hash", { field: "value", other: 2 }), 2);
    t.strictSame({ ...(await client.hGetAll("hash")) }, { field: "value", other: "2" });
    t.equal(await client.rPush("list", ["a", "b", "c"]), 3);
    t.strictSame(await client.lRange("list", 0, -1), ["a", "b", "c"]);
    t.equal(await client.sAdd("set", ["a", "b", "a"]), 2);
    t.strictSame([...(await client.sMembers("set"))].sort(), ["a", "b"]);
    t.equal(await client.exists(["list", "set", "nosuch"]), 2);
    t.equal(await client.type("list"), "list");
    await t.rejects(client.incr("list"), { message: /^WRONGTYPE / });
    const info = await client.sendCommand(["CLIENT", "INFO"]);
    t.equal(fieldOf(info, "resp"), String(RESP));
    t.match(fieldOf(info, "lib-name"), "node-redis");
    t.equal(await client.sendCommand(["QUIT"]).catch((error) => error.message), "OK");
    client.destroy();
  });
}

session("node-redis: every byte in keys and values", [], async (t, server, noise) => {
  const plain = noise.of(createClient({ url: urlOf(server) }));
  await plain.connect();
  const client = plain.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const large = Buffer.alloc(3_000_000, ALL_BYTES);
  await client.set(ALL_BYTES, ALL_BYTES);
  t.strictSame(await client.get(ALL_BYTES), ALL_BYTES);
  t.strictSame(await client.keys("*"), [ALL_BYTES]);
  await client.hSet("hash", ALL_BYTES, large);
  t.ok((await client.hGet("hash", ALL_BYTES))?.equals(large));
  await plain.close();
});

session("node-redis: pipelines, iterators, a pool", [], async (t, server, noise) => {
  const client = noise.of(createClient({ url: urlOf(server) }));
  await client.connect();
  t.strictSame(await client.multi().set("a", 1).incr("a").get("a").execAsPipeline(), [
    "OK",
    2,
    "2",
  ]);
  t.strictSame(await client.multi().decr("a").exists("a").exec(), [1, 1]);
  await t.rejects(client.multi().incr("a").lPush("a", "x").exec(), { message: /failed/ });
  await client.del("a");
  await Promise.all(NAMES.map((name) => client.set(name, name)));
  t.strictSame(await Promise.all(NAMES.map((name) => client.get(name))), NAMES);
  const found = new Set<string>();
  for await (const batch of client.scanIterator({ MATCH: "name:*", COUNT: 7 })) {
    for (const name of batch) found.add(name);
  }
  t.strictSame(found, new Set(NAMES));
  await client.sAdd("set", NAMES);
  const members = new Set<string>();
  for await (const batch of client.sScanIterator("set")) for (const one of batch) members.add(one);
  t.strictSame(members, new Set(NAMES));
  await client.close();

  const pool = noise.of(createClientPool({ url: urlOf(server) }, { minimum: 3, maximum: 5 }));
  await pool.connect();
  const replies = await Promise.all(NAMES.map((name) => pool.get(name)));
  t.strictSame(replies, NAMES);
  await pool.close();
});

session(
  "node-redis: password and database in the URL, duplicates",
  ["--requirepass", "pass word"],
  async (t, server, noise) => {
    const url = `${urlOf(server, ":pass%20word@")}/3`;
    const client = noise.of(createClient({ url, name: "billing" }));
    await client.connect();
    await client.set("key", "in 3");
    t.equal(await client.clientGetName(), "billing");
    t.equal((await client.clientInfo()).db, 3);
    const other = noise.of(client.duplicate());
    await other.connect();
    t.equal(await other.get("key"), "in 3");
    await other.select(0);
    t.equal(await other.get("key"), null);
    t.not(await client.clientId(), await other.clientId());
    await Promise.all([client.close(), other.close()]);
    const wrong = createClient({
      url: urlOf(server, ":wrong@"),
      socket: { reconnectStrategy: false },
    });
    wrong.on("error", () => {});
    await t.rejects(wrong.connect(), { message: /^WRONGPASS / });
  },
);

t.test("node-redis: over a unix socket", async (t) => {
  const path = join(folder(t), "socket");
  const server = await startServer(t, ["--unixsocket", path]);
  const noise = new Noise(t);
  const client = noise.of(createClient({ socket: { path, tls: false } }));
  await client.connect();
  t.equal(await client.echo("hello"), "hello");
  t.equal((await client.clientInfo()).addr, `${path}:0`);
  await client.close();
  await server.stop();
  t.strictSame(noise.heard, []);
});

session(
  "a program ends when it has closed its clients, and prints its own lines",
  [],
  async (t, server) => {
    const program = `
    import { Redis } from "ioredis";
    import { createClient } from "redis";
    const redis = new Redis(${portOf(server)});
    await redis.set("from", "ioredis");
    const client = await createClient({ url: "${urlOf(server)}" }).connect();
    console.log(await client.get("from"));
    await client.set("from", "node-redis");
    console.log(await redis.get("from"));
    await client.close();
    await redis.quit();`;
    t.strictSame(await run(t, [process.execPath, "--input-type=module", "-e", program]), {
      ending: [0, null],
      output: "ioredis\nnode-redis\n",
      errors: "",
    });
  },
);
