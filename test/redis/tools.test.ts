/**
 * redis-cli and redis-benchmark of Redis 7.0 with our server, as people use them: exact output
 * where it is not a measurement. Where they aren't installed the tests say so and skip.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import t, { type Test } from "tap";
import { encodeRequest } from "../helpers/core-session.ts";
import { folder, startServer } from "../helpers/redis-server.ts";
import { Run, run } from "../helpers/run.ts";

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const NAMES = Array.from({ length: 100 }, (_, i) => `name:${i}`);

const AT_HAND = spawnSync("redis-cli", ["--version"]).status === 0;
const skip = AT_HAND ? false : "redis-cli and redis-benchmark are not installed";

/** Runs redis-cli, which has to end well, and resolves to what it prints. */
type Cli = (args: readonly string[], input?: string) => Promise<string>;

/** A test with redis-cli, and a server on a unix socket. */
function cliSession(
  name: string,
  body: (t: Test, cli: Cli, command: readonly string[]) => Promise<void>,
): void {
  t.test(`redis-cli: ${name}`, { skip }, async (t) => {
    const path = join(folder(t), "socket");
    const server = await startServer(t, ["--unixsocket", path]);
    const command = ["redis-cli", "-s", path];
    const cli: Cli = async (args, input) => {
      const { ending, output, errors } = await run(t, [...command, ...args], input);
      t.strictSame([ending, errors], [[0, null], ""], `${args} ends well`);
      return output;
    };
    await body(t, cli, command);
    await server.stop();
  });
}

const FOUR_KEYS = 'SET string "a b"\nRPUSH list a b c\nHSET hash f 1 g 2\nSADD set x y z w\n';

cliSession("commands, in both protocols and all formats", async (t, cli) => {
  t.equal(
    await cli([], `${FOUR_KEYS}GET string\nGET nosuch\nLRANGE list 0 -1\n`),
    "OK\n3\n2\n4\na b\n\na\nb\nc\n",
  );
  t.equal(
    await cli([], "INCR list\nnosuch\n"),
    "WRONGTYPE Operation against a key holding the wrong kind of value\n\n" +
      "ERR unknown command 'nosuch', with args beginning with: \n\n",
  );
  t.equal(await cli(["--no-raw", "LRANGE", "list", "0", "-1"]), '1) "a"\n2) "b"\n3) "c"\n');
  t.equal(await cli(["-3", "--no-raw", "HGETALL", "hash"]), '1# "f" => "1"\n2# "g" => "2"\n');
  t.equal(await cli(["--csv", "HGETALL", "hash"]), '"f","1","g","2"\n');
  t.equal(await cli(["--json", "HGETALL", "hash"]), '{"f":"1","g":"2"}\n');
  t.equal(await cli(["-x", "SET", "string"], "from\0stdin"), "OK\n");
  t.equal(await cli(["--no-raw", "GET", "string"]), '"from\\x00stdin"\n');
  t.equal(await cli(["-n", "3", "DBSIZE"]), "0\n");
  t.equal(await cli(["-r", "3", "-i", "0.01", "ECHO", "x"]), "x\nx\nx\n");
  t.match(await cli(["INFO"]), /^# Server\r\nredis_version:7\.0\.15\r\n/);
});

cliSession("--pipe", async (t, cli) => {
  const requests = NAMES.map((name) => encodeRequest(["SET", name, ALL_BYTES]).toString("latin1"));
  t.equal(
    await cli(["--pipe"], requests.join("")),
    "All data transferred. Waiting for the last reply...\n" +
      "Last reply received from server.\nerrors: 0, replies: 100\n",
  );
  t.equal(await cli(["DBSIZE"]), "100\n");
});

cliSession("--scan and --bigkeys", async (t, cli) => {
  await cli([], FOUR_KEYS + NAMES.map((name) => `SET ${name} x\n`).join(""));
  const found = (await cli(["--scan", "--pattern", "name:*"])).trimEnd().split("\n");
  t.strictSame(found.sort(), [...NAMES].sort());
  const [, summary] = (await cli(["--bigkeys"])).split("-------- summary -------\n");
  t.match(summary, "Biggest   list found '\"list\"' has 3 items\n");
  t.match(summary, "Biggest    set found '\"set\"' has 4 members\n");
  t.match(summary, "Biggest   hash found '\"hash\"' has 2 fields\n");
  t.match(summary, "Biggest string found '\"string\"' has 3 bytes\n");
  t.match(summary, "101 strings with 103 bytes (97.12% of keys, avg size 1.02)\n");
});

cliSession("--stat and --latency", async (t, cli, command) => {
  // It prints through a buffer of 4096 bytes when no terminal reads it.
  const stat = new Run(t, [...command, "--stat", "-i", "0.005"]);
  await stat.printed(/(?:.*\n){3}/);
  const [title = "", names = "", line = ""] = (await stat.stop("SIGTERM")).output.split("\n");
  t.match(title, /^-+ data -+ -+ load -+ - child -$/);
  t.match(names, /^keys {7}mem {6}clients blocked requests {12}connections\s*$/);
  t.match(line, /^0 {10}[\d.]+[KM] +1 {7}0 {7}\d+ \(\+0\) {9,}\d+\s*$/);
  t.match(await cli(["--latency", "-i", "0.1"]), /^\d+ \d+ \d+\.\d\d \d+\n$/);
});

/** What redis-benchmark measures by default, as it names it. */
const BENCHMARKS = [
  "PING_INLINE",
  "PING_MBULK",
  "SET",
  "GET",
  "INCR",
  "LPUSH",
  "RPUSH",
  "LPOP",
  "RPOP",
  "SADD",
  "HSET",
  "SPOP",
  "ZADD",
  "ZPOPMIN",
  "LPUSH (needed to benchmark LRANGE)",
  "LRANGE_100 (first 100 elements)",
  "LRANGE_300 (first 300 elements)",
  "LRANGE_500 (first 500 elements)",
  "LRANGE_600 (first 600 elements)",
  "MSET (10 keys)",
];

t.test("redis-benchmark", { skip }, async (t) => {
  const path = join(folder(t), "socket");
  const server = await startServer(t, ["--unixsocket", path]);
  const command = ["redis-benchmark", "-s", path, "-q", "-n", "200"];
  for (const options of [
    ["-c", "5"],
    ["-P", "16", "-r", "100"],
  ]) {
    const { ending, output, errors } = await run(t, [...command, ...options]);
    t.strictSame([ending, errors], [[0, null], ""]);
    const measured = output.split(/[\r\n]/).filter((line) => line.includes("requests per second"));
    t.strictSame(
      measured.map((line) => line.replace(/: .*/, "").trim()),
      BENCHMARKS,
    );
  }
  await server.stop();
});
