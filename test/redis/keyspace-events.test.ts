/** Keyspace notifications: which events a command makes, in which order, and to whom they go. */

import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { requestWords, startReferee } from "../helpers/referee.ts";
import { type Scenario, sameScenarios } from "../helpers/scenario.ts";

t.test("both channels of an event, and none without the setting", (t) => {
  const { connect, send } = testCore();
  const listener = connect();
  send(["psubscribe", "__key*"], listener);
  send(["set", "key", "value"]);
  t.equal(listener.take(), "");
  send(["config", "set", "notify-keyspace-events", "KE$"]);
  send(["set", "key", "value"]);
  t.equal(
    listener.take(),
    "*4\r\n$8\r\npmessage\r\n$6\r\n__key*\r\n$18\r\n__keyspace@0__:key\r\n$3\r\nset\r\n" +
      "*4\r\n$8\r\npmessage\r\n$6\r\n__key*\r\n$18\r\n__keyevent@0__:set\r\n$3\r\nkey\r\n",
  );
  send(["del", "key"]);
  t.equal(listener.take(), "", "another class");
  send(["config", "set", "notify-keyspace-events", "$"]);
  send(["set", "key", "value"]);
  t.equal(listener.take(), "", "neither K nor E: there is no channel");
  t.end();
});

t.test("a key that expires while nobody asks for it", async (t) => {
  const { connect, core, send } = testCore();
  const listener = connect();
  send(["config", "set", "notify-keyspace-events", "Ex"]);
  send(["subscribe", "__keyevent@0__:expired"], listener);
  send(["set", "key", "value", "px", "1"]);
  await sleep(5);
  core.cron();
  t.match(listener.take(), /message\r\n\$22\r\n__keyevent@0__:expired\r\n\$3\r\nkey\r\n/);
});

t.test("evicted keys", (t) => {
  const { connect, send } = testCore();
  const listener = connect();
  send(["config", "set", "notify-keyspace-events", "Ee"]);
  send(["subscribe", "__keyevent@0__:evicted"], listener);
  for (let i = 0; i < 200; i++) send(["set", `key:${i}`, "x".repeat(10_000)]);
  send(requestWords("config set maxmemory 1mb maxmemory-policy allkeys-random"));
  send(["set", "key", "value"]);
  t.match(listener.take(), /message\r\n\$22\r\n__keyevent@0__:evicted\r\n\$\d+\r\nkey:\d+\r\n/);
  t.end();
});

t.test("nothing comes in between the parts of a reply", (t) => {
  const { send } = testCore();
  send(["hello", "3"]);
  send(["zadd", "z", "1", "a"]);
  send(["config", "set", "notify-keyspace-events", "Ez"]);
  send(["subscribe", "__keyevent@0__:zpopmin"]);
  t.equal(
    send(["zmpop", "1", "z", "min"]),
    "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n,1\r\n" +
      ">3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:zpopmin\r\n$1\r\nz\r\n",
  );
  t.end();
});

/** Client a does something, and b listens. */
function heard(...requests: string[]): Scenario {
  return [
    "a config set notify-keyspace-events AKEmn",
    "b psubscribe __key*",
    ...requests.map((request) => `a ${request}`),
    'a config set notify-keyspace-events ""',
  ];
}

const SCENARIOS: Record<string, Scenario> = {
  strings: heard(
    "set k v",
    "set k v ex 100",
    "set k v nx",
    "set k v xx get",
    "set k v keepttl",
    "setex k 100 v",
    "psetex k 100000 v",
    "setnx k v",
    "setnx n v",
    "getset k w",
    "getset m w",
    "getdel m",
    "getdel m",
    "getex k",
    "getex k ex 100",
    "getex k persist",
    "getex k persist",
    "getex k exat 1",
    "getex k",
    "mset a 1 b 2",
    "msetnx a 1 c 2",
    "msetnx d 1 e 2",
    "append a x",
    "append new x",
    "setrange a 1 z",
    "setrange s 3 z",
    'setrange s 3 ""',
    "get a",
    "get none",
    "mget a none",
    "strlen none",
    "getrange none 0 1",
    "incr i",
    "decr i",
    "incrby i 5",
    "decrby i 5",
    "incrbyfloat i 1.5",
    "incr a",
  ),
  keys: heard(
    "mset a 1 b 2 c 3",
    "del a none b",
    "unlink c",
    "exists none",
    "touch none",
    "type none",
    "ttl none",
    "object encoding none",
    "set k v",
    "expire k 100",
    "expire k 100 nx",
    "persist k",
    "persist k",
    "pexpireat k 1",
    "expire k 10",
    "set k v",
    "rename k j",
    "rename none j",
    "set i 1",
    "rename i j",
    "rename j j",
    "set i 1",
    "renamenx i j",
    "renamenx i l",
    "copy l m",
    "copy l m",
    "copy l m replace",
    "copy l m db 1",
    "move l 1",
    "move m 1",
    "select 1",
    "set k v",
    "select 0",
    "swapdb 0 1",
    "flushdb",
    "flushall",
    "dbsize",
    "randomkey",
  ),
  lists: heard(
    "rpush l 1 2 3 4",
    "lpush l 0",
    "lpushx l 0",
    "rpushx none 0",
    "lpop l",
    "rpop l 2",
    "lpop l 0",
    "lpop none",
    "lset l 0 x",
    "linsert l before x y",
    "linsert l before nosuch y",
    "lrem l 0 nosuch",
    "lrem l 0 y",
    "ltrim l 0 0",
    "ltrim l 1 0",
    "rpush l 1 2 3",
    "lmove l m left right",
    "rpoplpush l l",
    "lmpop 2 none l left count 10",
    "rpoplpush m l",
    "brpop l 0",
    "llen none",
    "lrange none 0 -1",
    "rpush n 3 1 2",
    "sort n store sorted",
    "sort none store sorted",
    "sort none store sorted",
  ),
  hashes: heard(
    "hset h a 1 b 2",
    "hset h a 1",
    "hmset h a 1",
    "hsetnx h a 1",
    "hsetnx h c 1",
    "hincrby h a 2",
    "hincrbyfloat h a 2.5",
    "hdel h nosuch",
    "hdel h a",
    "hdel h b c",
    "hget none a",
    "hgetall none",
  ),
  sets: heard(
    "sadd s a b c",
    "sadd s a",
    "srem s nosuch",
    "srem s a",
    "smove s t b",
    "smove s t nosuch",
    "srem t b",
    "smove s t c",
    "spop t 10",
    "spop t",
    "sadd t a",
    "spop t",
    "sadd t a a",
    "spop t 1",
    "sadd s a b c",
    "sadd t b c d",
    "sinterstore d s t",
    "sunionstore d s t",
    "sdiffstore d s t",
    "sdiffstore d s s",
    "sdiffstore d s s",
    "spop s 0",
    "sadd v a",
    "sadd w a",
    "smove v w a",
    "smembers none",
    "sismember none a",
  ),
  "sorted sets": heard(
    "zadd z 1 a 2 b 3 c 4 d",
    "zadd z 1 a",
    "zadd z xx 9 nosuch",
    "zadd z ch 5 a",
    "zadd z incr 1 a",
    "zincrby z 1 a",
    "zincrby z 1 new",
    "zrem z nosuch",
    "zrem z new",
    "zpopmin z",
    "zpopmax z 0",
    "zpopmax z",
    "zmpop 2 none z min",
    "zmpop 1 z max count 9",
    "zadd z 1 a 2 b 3 c 4 d 5 e",
    "zremrangebyrank z 0 0",
    "zremrangebyscore z 2 2",
    "zremrangebyscore z 20 20",
    "zremrangebylex z [c [c",
    "zrangestore y z 0 -1",
    "zrangestore y none 0 -1",
    "zrangestore y none 0 -1",
    "zunionstore x 1 z",
    "zinterstore x 2 z none",
    "zdiffstore x 2 z none",
    "zremrangebyrank z 0 -1",
    "bzpopmin x 0",
    "bzpopmax x 0",
    "zscore none a",
    "zrange none 0 -1",
  ),
  streams: heard(
    "xadd s 1-0 a 1",
    "xadd s 1-0 a 1",
    "xadd s nomkstream 2-0 a 1",
    "xadd n nomkstream 2-0 a 1",
    "xadd s maxlen 2 3-0 a 1",
    "xadd s maxlen 2 minid 1 9-0 a 1",
    "xadd s maxlen 9 4-0 a 1",
    "xadd n maxlen 0 1-0 a 1",
    "xdel s 9-0",
    "xdel s 3-0 2-0",
    "xtrim s maxlen 5",
    "xtrim s maxlen 1",
    "xtrim s minid 100",
    "xsetid s 7-0",
    "xsetid s 1-0",
    "xgroup create s g 0",
    "xgroup create s g 0",
    "xgroup create new g $ mkstream",
    "xgroup setid s g 0",
    "xgroup createconsumer s g c",
    "xgroup createconsumer s g c",
    "xadd s 8-0 a 1",
    "xreadgroup group g c streams s >",
    "xreadgroup group g d streams s >",
    "xreadgroup group g e streams s 0",
    "xclaim s g f 0 8-0",
    "xclaim s g none 0 9-0",
    "xautoclaim s g h 0 0",
    "xautoclaim s g i 100000 0",
    "xack s g 8-0",
    "xautoclaim s g j 0 0",
    "xpending s g",
    "xgroup delconsumer s g c",
    "xgroup delconsumer s g c",
    "xgroup destroy s g",
    "xgroup destroy s g",
    "xlen none",
    "xrange none - +",
    "xread streams none 0",
    "xread streams s none $ $",
    "xack none g 0",
    "xpending none g",
    "xdel none 1",
    "xtrim none maxlen 1",
    "xinfo stream none",
    "xgroup destroy none g",
  ),
  "expired keys": [
    ...heard("rpush l 1", "pexpire l 300"),
    "a config set notify-keyspace-events KEx",
    "sleep 1000",
    "a llen l",
  ],
  "within a transaction": heard("multi", "set k v", "lpush l 1", "lpop l", "del k", "exec"),
  "clients that wait": [
    "a config set notify-keyspace-events AKEmn",
    "b psubscribe __key*",
    "c blpop l 0",
    "d blmove l m left right 0",
    "e bzpopmin z 0",
    "f blmpop 0 1 l left count 2",
    "a rpush l 1 2 3 4 5",
    "a zadd z 1 m",
    "g brpop p 0.3",
    "sleep 900",
    "a llen l",
  ],
  "own channels": [
    "a config set notify-keyspace-events KEA",
    "b subscribe __keyspace@0__:k __keyevent@0__:del __keyevent@1__:set",
    "a set k v",
    "a del k",
    "a select 1",
    "a set k v",
    "a config get notify-keyspace-events",
    "a config set notify-keyspace-events KEg$lshzxetdmn",
    "a config get notify-keyspace-events",
    "a config set notify-keyspace-events q",
    "a config set notify-keyspace-events A",
    "a config get notify-keyspace-events",
    "a set k v",
  ],
};

t.test("as Redis does", async (t) => {
  await sameScenarios(t, await startReferee(t), SCENARIOS);
});
