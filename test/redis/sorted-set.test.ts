/** Sorted sets: the exact bytes of their replies, ours and the referee's. */

import t from "tap";
import { testCore } from "../helpers/core-session.ts";
import { Random } from "../helpers/random.ts";
import { type Request, sameEdits, sameScripts } from "../helpers/referee.ts";

// biome-ignore format: a script is read line by line
const SCORES: readonly Request[] = [
  "zadd z 1 a 2 b 3 c", "zadd z 1 a 5 b", "zadd z ch 1 a 6 b 7 d", "zadd z nx 9 a 9 e",
  "zadd z xx 8 a 8 x", "zadd z gt 1 a 9 b", "zadd z lt 1 a 19 b", "zadd z gt ch 2 a 1 b 4 g",
  "zadd z lt xx ch 1 a", "zadd z incr 5 a", "zadd z incr nx 5 a", "zadd z incr xx 5 nosuch",
  "zadd z incr gt -5 a", "zadd z incr lt 5 a", "zadd nosuch xx 1 a", "zadd nosuch xx incr 1 a",
  "exists nosuch", "zadd z nx xx 1 a", "zadd z gt lt 1 a", "zadd z gt nx 1 a", "zadd z lt nx 1 a",
  "zadd z incr 1 a 2 b", "zadd z", "zadd z 1", "zadd z nx", "zadd z 1 a 2", "zadd z x a",
  "zadd z 1 a nan b", "zadd z nan a", "zadd z inf i -inf j +inf k 1e400 l 0x10 m 1.5e3 n",
  "zrange z 0 -1 withscores", "zadd z incr -inf i", "zadd z incr inf j", "zincrby z 2.5 a",
  "zincrby z x a", "zincrby new 1 m", "zincrby z nan a", "zincrby z", "zincrby z inf a",
  "zincrby z -inf a", "zscore z a", "zscore z nosuch", "zscore nosuch a", "zmscore z a nosuch b",
  "zmscore nosuch a", "zmscore z", "zcard z", "zcard nosuch", "zrank z c", "zrank z nosuch",
  "zrank nosuch a", "zrevrank z c", "zrevrank z nosuch", "zrevrank nosuch a", "zrem z a nosuch",
  "zrem nosuch a", "zrem z",
  "zadd f 0.1 a 0.30000000000000004 b 1e21 c 123456789012345680 d 5e-324 e -1e-7 g 3.0 h -0 i",
  "zrange f 0 -1 withscores", "zadd f 0 i", "zadd f -0 i", "zscore f i", "zadd e 1 \"\"",
  "zrank e \"\"", "type z", "object encoding z", "set s v", "zadd s 1 a", "zadd s x a",
  "zscore s a", "zcard s", "zrem s a", "zrank s a", "zmscore s a", "zincrby s 1 a", "copy z y",
  "zrange y 0 -1", "rename y x", "zcard x", "del x", "zrem new m", "exists new",
  // A listpack knows no -0; the reply and a skip list do.
  "zadd zero incr -0 m", "zscore zero m", "zincrby zero -0 m", "sort zero alpha", "zadd zero -0 n",
  "zscore zero n", "zincrby zero 0 n", "zscore zero n", "zincrby zero -0 new", "zrange zero 0 -1",
  // ZSCAN shows how a listpack holds a score.
  "zadd scan 1e17 m", "zscan scan 0", "zadd scan 4611686018427387904 m -1e18 n", "zscan scan 0",
  "zadd scan 4611686018427388928 m", "zscan scan 0", "zrem scan n",
  "sort scan alpha", "zscan scan 0", "config set zset-max-listpack-entries 1",
  "zadd signs 1 a 2 b", "zadd signs -0 c", "zunionstore both 1 signs",
  "zrange both 0 -1 withscores",
  "zrangestore some signs 0 -1", "zrange some 0 -1 withscores",
  "config set zset-max-listpack-entries 128",
];

// biome-ignore format: a script is read line by line
const RANGES: readonly Request[] = [
  "zadd z 1 a 2 b 3 c 4 d 5 e 5 f", "zrange z 0 -1", "zrange z 1 2", "zrange z -2 -1",
  "zrange z 2 1", "zrange z 9 10", "zrange z -100 100 withscores", "zrange z 0 1 rev",
  "zrange z 0 1 rev withscores", "zrange z x 1", "zrange z 0 1 foo", "zrange z 0 1 limit 0 1",
  "zrange z 0 1 limit 0 -1", "zrange z 2 4 byscore", "zrange z (2 4 byscore",
  "zrange z 2 (4 byscore", "zrange z -inf +inf byscore", "zrange z 4 2 byscore rev",
  "zrange z 2 4 byscore rev", "zrange z 1 5 byscore limit 1 2 withscores",
  "zrange z 5 1 byscore rev limit 1 2", "zrange z 1 5 byscore limit 1 -1",
  "zrange z 1 5 byscore limit -1 2", "zrange z 1 5 byscore limit 10 2",
  "zrange z 1 5 byscore limit 0 0", "zrange z x 5 byscore", "zrange z 1 5 byscore limit 1",
  "zrange z 1 5 byscore limit a 1", "zrange z ( 5 byscore", ["zrange", "z", "", "5", "byscore"],
  "zrange z nan 5 byscore", "zrange z 1 5 byscore bylex", "zrange z 1 5 rev rev",
  "zrange z [a [c bylex withscores", "zrevrange z 0 1", "zrevrange z 0 -1 withscores",
  "zrevrange z 0 1 rev", "zrevrange z 0 1 byscore", "zrangebyscore z 2 4",
  "zrangebyscore z 2 4 withscores limit 1 1", "zrangebyscore z 2 4 limit 0",
  "zrangebyscore z (1 (2", "zrangebyscore z x 4", "zrevrangebyscore z 4 2",
  "zrevrangebyscore z +inf -inf limit 1 2", "zrevrangebyscore z 2 4", "zrangebyscore z 2 4 rev",
  "zcount z 2 4", "zcount z (2 (4", "zcount z 4 2", "zcount z x 4", "zcount nosuch 1 2",
  "zcount nosuch x 2", "zadd l 0 a 0 b 0 c 0 d 0 aa 0 \"\"", "zrangebylex l - +",
  "zrangebylex l [a (c", "zrangebylex l (a [c", "zrangebylex l + -", "zrangebylex l [c [a",
  "zrangebylex l a b", "zrangebylex l - + limit 1 2", "zrevrangebylex l + -",
  "zrevrangebylex l [c (a", "zrevrangebylex l + - limit 1 2", "zrangebylex l - [",
  "zrangebylex l \"\" +", "zrange l [a [c bylex", "zrange l [c [a bylex rev", "zlexcount l - +",
  "zlexcount l [a [b", "zlexcount l + -", "zlexcount l x +", "zlexcount nosuch - +",
  "zrangestore dst z 1 2", "zrange dst 0 -1 withscores", "zrangestore dst z 2 4 byscore rev",
  "exists dst", "zrangestore dst z 4 2 byscore rev limit 0 2", "zrange dst 0 -1 withscores",
  "zrangestore dst nosuch 0 -1", "exists dst", "zrangestore dst z 0 1 withscores",
  "zrangestore dst z x 1", "zremrangebyrank z 0 1", "zremrangebyrank z -1 -1",
  "zremrangebyrank z 5 9", "zremrangebyrank z x 1", "zremrangebyrank nosuch 0 1", "zrange z 0 -1",
  "zremrangebyscore z 4 (5", "zremrangebyscore z x 5", "zremrangebyscore z -inf inf", "exists z",
  "zremrangebylex l [a (b", "zremrangebylex l x +", "zrange l 0 -1", "zremrangebylex l - +",
  "exists l", "set s v", "zrange s 0 -1", "zcount s 1 2", "zrangestore d s 0 1",
  "zremrangebyscore s 1 2", "zrangebylex s - +", "zrange s 0 x",
  // Ends of ranges are read as strtod(3) reads them; what is not to be stored has no scores.
  "zrangebyscore none 1e400 -1e400", 'zrangebyscore none " 1" "1\\x00x"', 'zcount none "" "1 "',
  "zcount none 1e-400 -1e-400", "zcount none nan 1", "zscan none 0 foo",
  "zrangestore t none -inf +inf byscore withscores limit 01 1",
];

// biome-ignore format: a script is read line by line
const POPS: readonly Request[] = [
  "zadd z 1 a 2 b 3 c 4 d 5 e 6 f", "zpopmin z", "zpopmax z", "zpopmin z 0", "zpopmin z 1",
  "zpopmax z 2", "zpopmin z -1", "zpopmin z x", "zpopmin z 1 2", "zpopmin z 100", "exists z",
  "zpopmin z", "zpopmin z 1", "zpopmin z 0", "zadd a 1 x 2 y 3 w", "zmpop 2 nosuch a min",
  "zmpop 1 a max count 5", "zmpop 1 a min", "zmpop 0 a min", "zmpop x a min", "zmpop 2 a min",
  "zmpop 1 a mid", "zmpop 1 a min count 0", "zmpop 1 a min count x", "zmpop 1 a min count 1 x",
  "zmpop 1 a min count", "zmpop -1 a min", "set s v", "zpopmin s", "zpopmin s 0",
  "zmpop 2 nosuch s min", "zmpop 1 s min count 1", "zadd z 1 a 2 b", "zrandmember z 0",
  "zrandmember z x", "zrandmember nosuch", "zrandmember nosuch 3", "zrandmember z 5",
  "zrandmember z 5 withscores", "zrandmember z 1 foo", "zrandmember z 1 withscores x",
  "zadd one 1.5 m", "zrandmember one", "zrandmember one -2", "zrandmember one -2 withscores",
  "zrandmember s", "zscan z 0", "zscan z 0 match a", "zscan z 0 count 1", "zscan z x",
  "zscan nosuch 0", "zscan s 0", "zscan z 0 type zset",
  "zmpop 1 none min count 0 0", "zmpop 1 none min count 1 1", "bzmpop -1 1 none min count 0",
];

// biome-ignore format: a script is read line by line
const OPERATIONS: readonly Request[] = [
  "zadd a 1 x 2 y 3 z", "zadd b 10 y 20 z 30 w", "sadd s x w v", "set str v",
  "zadd i1 inf m 1 x 1 y", "zadd i2 -inf m 1 z", "zadd i3 5 m", "zunion 3 i1 i2 i3 withscores",
  "zadd p1 1e16 m 1 x 1 y", "zadd p2 1 m 1 z", "zadd p3 1 m", "zunion 3 p1 p2 p3 withscores",
  "zunionstore p4 3 p1 p2 p3", "zinter 3 p1 p2 p3 withscores",
  "zunion 2 a b", "zunion 2 a b withscores", "zunion 3 a b s withscores",
  "zunion 2 a nosuch withscores", "zunion 2 a b weights 2 0.5 withscores",
  "zunion 2 a b aggregate min withscores", "zunion 2 a b aggregate MAX weights 1 -1 withscores",
  "zunion 2 a b aggregate foo", "zunion 2 a b weights 1", "zunion 2 a b weights 1 x",
  "zunion 2 a b aggregate constructor", "zunion 2 a b aggregate", "zunion 0 a", "zunion x a",
  "zunion 3 a b", "zunion 2 a str", "zunion 1 a foo", "zunion -1 a", "zinter 2 a b withscores",
  "zinter 3 a b s", "zinter 2 a s withscores", "zinter 2 a nosuch",
  "zinter 2 a b weights 1 2 aggregate max withscores", "zinter 2 a str", "zinter 2 nosuch str",
  "zdiff 2 a b withscores", "zdiff 2 b s withscores", "zdiff 1 a withscores", "zdiff 2 nosuch a",
  "zdiff 2 a b weights 1 2", "zdiff 2 a str", "zdiff 0 a", "zunionstore d 2 a b",
  "zrange d 0 -1 withscores", "zunionstore d 2 a b withscores", "zunionstore d 0 a",
  "zinterstore d 2 a s weights 2 3", "zrange d 0 -1 withscores", "zinterstore d 2 a nosuch",
  "exists d", "zdiffstore d 2 a b", "zrange d 0 -1 withscores", "zdiffstore d 1 nosuch",
  "zdiffstore d 2 a b weights 1 1", "zunionstore str 1 a", "type str", "zunionstore a 2 a b",
  "zrange a 0 -1 withscores", "zintercard 2 a b", "zintercard 2 a b limit 1",
  "zintercard 2 a b limit 0", "zintercard 2 a b limit -1", "zintercard 2 a b limit x",
  "zintercard 2 a b limit", "zintercard 0 a", "zintercard 2 a s", "zintercard 5 a", "zadd p inf m",
  "zadd q -inf m", "zunion 2 p q withscores", "zunion 1 p weights 0 withscores",
  "zinter 2 p q withscores", "zunionstore e 1 s", "zrange e 0 -1 withscores", "zunionstore",
  "zunion 1",
];

t.test("the referee answers the same", (t) => sameScripts(t, { SCORES, RANGES, POPS, OPERATIONS }));

t.test("random edits of a sorted set, packed and not, give the same sorted set", async (t) => {
  const random = new Random(19);
  const member = () => random.letters("abcdefgh", 1 + random.below(3));
  const score = () => String((random.below(40) - 20) / 4);
  const bound = () => (random.below(3) === 0 ? "(" : "") + score();
  const lex = () => random.pick(["-", "+", `[${member()}`, `(${member()}`]);
  const flag = () => random.pick(["nx", "xx", "gt", "lt", "ch"]);
  const forms: (() => Request)[] = [
    () => ["zadd", "z", score(), member(), score(), member()],
    () => ["zadd", "z", flag(), score(), member()],
    () => ["zadd", "z", "incr", score(), member()],
    () => ["zrem", "z", member(), member()],
    () => ["zrank", "z", member()],
    () => ["zrevrank", "z", member()],
    () => ["zrange", "z", random.below(20) - 10, random.below(20) - 10, "withscores"],
    () => [
      "zrange",
      "z",
      bound(),
      bound(),
      "byscore",
      "limit",
      random.below(4),
      random.below(5) - 1,
    ],
    () => ["zrange", "z", bound(), bound(), "byscore", "rev", "limit", random.below(4), 3],
    () => ["zadd", "same", "0", member()],
    () => ["zrange", "same", lex(), lex(), "bylex"],
    () => ["zremrangebylex", "same", lex(), lex()],
    () => ["zcount", "z", bound(), bound()],
    () => ["zpopmin", "z", random.below(2)],
    () => ["zremrangebyscore", "z", bound(), bound()],
    () => ["zscore", "z", member()],
    () => ["object", "encoding", "z"],
  ];
  const requests: Request[] = [];
  for (let i = 0; i < 2000; i++) requests.push(random.pick(forms)());
  for (let i = 0; i < 300; i++) requests.push(["zadd", "z", score(), `m${i}`]);
  for (let i = 0; i < 2000; i++) requests.push(random.pick(forms.slice(0, -1))());
  await sameEdits(t, requests);
});

t.test("a sorted set gives what was put into it, in order", async (t) => {
  const { send } = testCore();
  t.equal(send(["zadd", "z", "2", "b", "1.5", "a"]), ":2\r\n");
  t.equal(
    send(["zrange", "z", "0", "-1", "withscores"]),
    "*4\r\n$1\r\na\r\n$3\r\n1.5\r\n$1\r\nb\r\n$1\r\n2\r\n",
  );
  t.equal(send(["zpopmin", "z"]), "*2\r\n$1\r\na\r\n$3\r\n1.5\r\n");
  t.equal(send(["zrem", "z", "b"]), ":1\r\n");
  t.equal(send(["exists", "z"]), ":0\r\n", "an emptied sorted set is gone");
});

t.test("ZSCAN returns every member that stays, while others come and go", async (t) => {
  const { send } = testCore();
  for (let i = 0; i < 2000; i++) send(["zadd", "z", i, `stay:${i}`]);
  const seen = new Set<string>();
  let cursor = "0";
  let turn = 0;
  do {
    const reply = send(["zscan", "z", cursor, "count", 50]);
    cursor = reply.split("\r\n")[2] as string;
    for (const [member] of reply.matchAll(/stay:\d+/g)) seen.add(member);
    for (let i = 0; i < 30; i++) send(["zadd", "z", i, `go:${turn}:${i}`]);
    for (let i = 0; i < 20; i++) send(["zrem", "z", `go:${turn}:${i}`]);
    turn++;
  } while (cursor !== "0");
  t.equal(seen.size, 2000);
});

t.test("ZRANK and ZREVRANK WITHSCORE, which are newer than 7.0", (t) => {
  const { send } = testCore();
  send(["zadd", "z", "1", "a", "2.5", "b", "3", "c"]);
  t.equal(send(["zrank", "z", "b", "withscore"]), "*2\r\n:1\r\n$3\r\n2.5\r\n");
  t.equal(send(["zrevrank", "z", "a", "WITHSCORE"]), "*2\r\n:2\r\n$1\r\n1\r\n");
  t.equal(send(["zrank", "z", "nosuch", "withscore"]), "*-1\r\n");
  t.equal(send(["zrank", "nosuch", "a", "withscore"]), "*-1\r\n");
  t.equal(send(["zrank", "z", "nosuch"]), "$-1\r\n");
  t.equal(send(["zrank", "z", "a", "withscores"]), "-ERR syntax error\r\n");
  t.match(send(["zrank", "z", "a", "withscore", "x"]), /^-ERR wrong number of arguments/);
  send(["hello", "3"]);
  t.equal(send(["zrank", "z", "b", "withscore"]), "*2\r\n:1\r\n,2.5\r\n");
  t.equal(send(["zrank", "z", "nosuch", "withscore"]), "_\r\n");
  t.end();
});
