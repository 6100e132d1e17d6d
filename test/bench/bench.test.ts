// The benchmark's own parts: what it is asked for, sends, reads, counts and prints; and one run of
// everything with numbers so small that it measures nothing.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { byDataset, type Case, caseName, DEFAULT_CASES, FULL_CASES } from "../../bench/cases.ts";
import { cpuTime, cpuTimeBetween, parseStat } from "../../bench/cpu-time.ts";
import { allowFds, parseFdLimit } from "../../bench/fd-limit.ts";
import { ownClient, parseRate, redisBenchmark } from "../../bench/load.ts";
import { parseRss } from "../../bench/memory.ts";
import type { ArrivalResult } from "../../bench/open-loop.ts";
import { parsePlan } from "../../bench/plan.ts";
import { outputOf } from "../../bench/programs.ts";
import { ReplyCounter } from "../../bench/replies.ts";
import { keyName, RANDOM, RequestBatch, requestWords } from "../../bench/requests.ts";
import type { Results, Sample } from "../../bench/results.ts";
import { type RunningServer, SERVERS, type ServerRow, startServer } from "../../bench/servers.ts";
import type { Skipped } from "../../bench/skipped.ts";
import { summarize } from "../../bench/stats.ts";
import { formatSummary } from "../../bench/summary.ts";
import { parseTrace } from "../../bench/syscalls.ts";
import { formatTable } from "../../bench/table.ts";

// tap makes every Node among its children load a module of its own.
delete process.env.NODE_OPTIONS;
const DIST = process.env.FDKIT_TEST_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));

const TINY: Case = {
  command: "GET",
  size: 16,
  pipeline: 16,
  clients: 2,
  keys: 100,
  transport: "tcp",
  requests: 400,
};

const row = (name: string) => SERVERS.find((one) => one.name === name) as ServerRow;

t.test("the median of an even and of an odd number of values", async (t) => {
  t.same(summarize([3, 1, 2]), { median: 2, min: 1, max: 3 });
  t.same(summarize([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  t.throws(() => summarize([]), RangeError);
});

t.test("the CPU time of a process whose name looks like fields", async (t) => {
  const rest = "S 1 1 1 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 11 0";
  t.same(parseStat(`42 (a) b (c) d) ${rest}`, 100), { user: 2.5, system: 0.5 });
  const now = cpuTime(process.pid);
  t.ok(now.user > 0);
  t.ok(Math.abs(process.cpuUsage().user / 1e6 - now.user) < 0.5, "as Node counts it");
  t.ok(Math.abs(now.total - now.user - now.system) < 0.5, "the sum, but more exact");
});

t.test("the exact total is divided into user and system as the ticks are", async (t) => {
  const before = { user: 1, system: 1, total: 2 };
  const spent = cpuTimeBetween(before, { user: 1.3, system: 1.1, total: 2.48 });
  t.match(spent.user.toFixed(6), "0.360000");
  t.match(spent.system.toFixed(6), "0.120000");
  const short = cpuTimeBetween(before, { user: 1, system: 1, total: 2.004 });
  t.equal(short.user, short.total, "less than a tick is not divided");
});

t.test("the arguments choose how much is measured, and what of it", async (t) => {
  const all = parsePlan([]);
  t.same(all.cases, DEFAULT_CASES);
  t.same([...all.parts], ["cases", "latency", "stalls", "memory", "syscalls", "micro"]);
  t.match(all, { wish: "run", rounds: 5, json: undefined, html: "bench-report.html" });
  t.same(parsePlan(["--full"]).cases, FULL_CASES);
  t.match(parsePlan(["--quick", "--json", "a", "--html", "b"]), {
    rounds: 1,
    json: "a",
    html: "b",
  });
  t.same([...parsePlan(["--only", "stall"]).parts], ["stalls"]);
  const sets = parsePlan(["--only", "mset", "--rounds", "7"]);
  t.same([...sets.parts], ["cases"]);
  t.same([...new Set(sets.cases.map(({ command }) => command))], ["MSET"]);
  t.equal(sets.rounds, 7);
  t.equal(parsePlan(["-h"]).wish, "help");
  t.throws(() => parsePlan(["--only", "GETTT"]), { message: /no case and no part has "GETTT"/ });
  t.throws(() => parsePlan(["--rounds", "0"]), RangeError);
  t.throws(() => parsePlan(["--rounds", "1.5"]), RangeError);
  t.throws(() => parsePlan(["--quick", "--full"]), { message: /not both/ });
  t.throws(() => parsePlan(["--slow"]), { code: "ERR_PARSE_ARGS_UNKNOWN_OPTION" });
});

t.test("every case has a name of its own, and its dataset fits", async (t) => {
  t.equal(caseName(TINY), "GET 16 B P=16 c=2 tcp 100 keys");
  for (const cases of [DEFAULT_CASES, FULL_CASES]) {
    t.equal(new Set(cases.map(caseName)).size, cases.length);
    t.ok(cases.every(({ keys, size }) => keys * size <= 1_000_000_000));
    t.ok(cases.every(({ requests, clients, pipeline }) => requests >= clients * pipeline));
    t.equal(byDataset(cases).flat().length, cases.length);
  }
  const names = FULL_CASES.map(caseName);
  for (const one of DEFAULT_CASES) t.ok(names.includes(caseName(one)), caseName(one));
});

t.test("a batch of requests is encoded once, and only its numbers are written anew", async (t) => {
  const batch = new RequestBatch(["GET", keyName(RANDOM)], 2);
  const one = (digits: string) => `*2\r\n$3\r\nGET\r\n$16\r\nkey:${digits}\r\n`;
  t.equal(`${batch.fill((i) => i * 907)}`, one("000000000000") + one("000000000907"));
  t.equal(`${batch.fill(() => 123456789012)}`, one("123456789012").repeat(2));
  t.equal(keyName(907), "key:000000000907");
  t.equal(requestWords({ command: "MSET", size: 3 }).length, 21);
  t.same(requestWords({ command: "PING", size: 16 }), ["PING"]);
});

t.test("replies are counted wherever the stream is cut", async (t) => {
  const stream = Buffer.from("$4\r\n+-:$\r\n$-1\r\n$0\r\n\r\n$12\r\n$4\r\nabcd\r\n\r\n\r\n");
  for (let cut = 0; cut <= stream.length; cut++) {
    const counter = new ReplyCounter("$");
    const first = counter.take(stream.subarray(0, cut), cut);
    const rest = stream.subarray(cut);
    t.equal(first + counter.take(rest, rest.length), 4, `cut at ${cut}`);
  }
  const integers = new ReplyCounter(":");
  const bytes = Buffer.from(":1\r\n:23\r\n:4");
  t.equal(integers.take(bytes, 9), 2);
  t.equal(integers.number, 23, "the last one's number");
  const wrong = Buffer.from("+OK\r\n-ERR no\r\n");
  t.throws(() => new ReplyCounter("+").take(wrong, wrong.length), { message: /-ERR no"$/ });
});

t.test("what other programs print is read, or refused", async (t) => {
  t.equal(parseRate('"test","rps"\n"SET key:__rand_int__ xx","123456.78","0.1"\n'), 123456.78);
  t.throws(() => parseRate("Could not connect"), { message: /no rate/ });
  const columns = "% time     seconds  usecs/call     calls    errors syscall";
  const lines = [
    "------ --- --- --- --- ---",
    " 60.00 0.2 1 100 recvfrom",
    " 40.00 0.1 1 7 3 read",
  ];
  t.equal(parseTrace([columns, ...lines, "100.00 0.3 1 107 3 total"].join("\n")), 107);
  t.equal(parseRss("VmPeak:\t 9 kB\nVmRSS:\t    2048 kB\n"), 2 * 1024 * 1024);
  t.throws(() => parseRss("Name: kthreadd"), { message: /no VmRSS/ });
  const limits = "Max open files            1024                 4096                 files";
  t.equal(parseFdLimit(limits), 1024);
  t.equal(parseFdLimit("Max open files            unlimited"), Number.POSITIVE_INFINITY);
  t.doesNotThrow(() => allowFds(3));
  t.throws(() => allowFds(2 ** 40), { message: /'ulimit -n' allows \d+ open files/ });
});

t.test("both load generators are told the same", async (t) => {
  const server = { port: 7, path: "/s", row: row("limit") } as RunningServer;
  const words = redisBenchmark({ ...TINY, transport: "unix" }, server).join(" ");
  t.equal(words, "redis-benchmark -s /s -n 400 -c 2 -P 16 -r 100 --csv GET key:__rand_int__");
  const [program, script, ...args] = ownClient(TINY, server);
  t.equal(program, process.execPath);
  t.match(script, /client\.js$/);
  t.same(args, ["closed-loop", "7", "limit", JSON.stringify(TINY)]);
});

t.test("a table is aligned by its columns", async (t) => {
  t.equal(
    formatTable([
      ["", "a"],
      ["long", "10"],
      ["b", "9"],
    ]),
    "       a\nlong  10\nb      9",
  );
});

t.test("the summary shows medians, ratios to fdkit, and what there is not", async (t) => {
  const sample = (server: string, user: number): Sample => {
    return { case: "SET P=1", server, round: user, user, system: 1, rate: 1000 * user };
  };
  const results: Results = {
    date: "",
    environment: [["kernel", "Linux"]],
    servers: ["fdkit", "redis", "limit"].map((name) => ({ name, what: "" })),
    samples: [1, 2, 3].flatMap((user) => [sample("fdkit", user), sample("redis", user * 3)]),
    latencies: [
      {
        case: "GET",
        server: "redis",
        arrivalRate: 20_000,
        percentiles: [{ percentile: 50, us: 31 }],
      },
    ],
    stalls: [{ name: "insert", server: "fdkit", longestMs: 4.567, points: [] }],
    figures: [{ group: "memory", name: "RSS", server: "redis", value: 1234.5, unit: "B" }],
    skipped: [{ what: "valkey", reason: "not there" }],
  };
  const summary = formatSummary(results);
  t.match(summary, /^kernel +Linux$/m);
  t.match(summary, /^SET P=1 +3\.000 \(2\.000 – 4\.000\) +7\.000 \(4\.000 – 10\.000\) +–$/m);
  t.match(summary, /^SET P=1 +2,000 +6,000 +–$/m);
  t.match(summary, /^SET P=1 +0\.43 +–$/m, "fdkit's 3 µs to redis's 7");
  t.match(summary, /^GET, 20,000\/s, redis +31\.0 +– +– +– +–$/m);
  t.match(summary, /^insert +4\.57 +– +–$/m);
  t.match(summary, /^RSS +1,235 B$/m);
  t.match(summary, /^skipped: valkey: not there$/m);
});

t.test("the limit answers each request once, however it is cut", async (t) => {
  const limit = row("limit");
  const reason = limit.missing();
  if (reason !== undefined) return t.comment(reason);
  const server = await startServer(limit);
  t.teardown(() => server.stop());
  const request = "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\n$4\r\nabcd\r\n\r\n\r\n".repeat(2);
  for (let cut = 1; cut < request.length; cut++) {
    const socket = connect({ path: server.path });
    socket.write(request.slice(0, cut));
    setImmediate(() => socket.end(request.slice(cut)));
    let replies = "";
    socket.on("data", (bytes) => {
      replies += bytes;
      if (replies.length >= 10) socket.destroy();
    });
    await once(socket, "close");
    t.equal(replies, "+OK\r\n+OK\r\n", `cut at ${cut}`);
  }
});

/** The compiled modules, which start programs beside them. */
async function compiled<T>(name: string): Promise<T> {
  return (await import(join(DIST, "bench", `${name}.js`))) as T;
}

/** fdkit and the limit, for a run with very little to do. */
async function fewServers(): Promise<ServerRow[]> {
  const { SERVERS: all } = await compiled<typeof import("../../bench/servers.ts")>("servers");
  const isWanted = ({ name }: ServerRow) => name === "fdkit" || name === "limit";
  return all.filter((one) => isWanted(one) && one.missing() === undefined);
}

t.test("cases are measured on each server in each round", async (t) => {
  const { measureThroughput } =
    await compiled<typeof import("../../bench/throughput.ts")>("throughput");
  const rows = await fewServers();
  const skipped: Skipped[] = [];
  const cases = (["GET", "LPOP", "MSET"] as const).map((command) => ({ ...TINY, command }));
  const samples = await measureThroughput(cases, rows, 2, skipped);
  t.equal(samples.length, cases.length * rows.length * 2);
  t.ok(samples.every(({ user, system, rate }) => user + system > 0 && rate > 0));
  t.same(
    samples.slice(0, rows.length).map(({ server }) => server),
    rows.map(({ name }) => name),
    "in turn",
  );
  t.same(skipped, []);
});

t.test("the load generator on the toolkit counts as redis-benchmark does", async (t) => {
  const { startServer } = await compiled<typeof import("../../bench/servers.ts")>("servers");
  const load = await compiled<typeof import("../../bench/load.ts")>("load");
  const server = await startServer((await fewServers())[0] as ServerRow);
  t.teardown(() => server.stop());
  for (const command of ["LPUSH", "LPOP", "INCR", "PING"] as const) {
    const words = load.ownClient({ ...TINY, command, transport: "unix" }, server);
    const { stdout } = spawnSync(words[0] as string, words.slice(1), { encoding: "utf8" });
    t.ok(load.parseRate(stdout) > 0, command);
  }
});

t.test("latencies are measured at each rate", async (t) => {
  const { measureLatency } = await compiled<typeof import("../../bench/latency.ts")>("latency");
  const rows = await fewServers();
  const skipped: Skipped[] = [];
  const scale = { keys: 100, arrivalRates: [1000], warmUpSeconds: 0.05, seconds: 0.1 };
  const series = await measureLatency(scale, rows, skipped);
  t.equal(series.length, rows.length);
  for (const { percentiles } of series) {
    const us = percentiles.map((one) => one.us);
    t.equal(percentiles.at(-1)?.percentile, 100);
    t.same(
      us,
      us.toSorted((a, b) => a - b),
    );
    t.ok((us[0] as number) > 0);
  }
  t.same(skipped, []);
});

t.test("a stall makes every request late that is due meanwhile", async (t) => {
  const STALL_MS = 200;
  let releaseAt = 0;
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      const requests = bytes.toString("latin1").split("PING").length - 1;
      if (releaseAt === 0) releaseAt = performance.now() + STALL_MS;
      const waitMs = Math.max(0, releaseAt - performance.now());
      setTimeout(() => socket.write("+PONG\r\n".repeat(requests)), waitMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const load = { command: "PING", size: 16, clients: 2, keys: 1, arrivalRate: 1000 };
  const task = JSON.stringify({ ...load, warmUpSeconds: 0, seconds: 0.2 });
  const client = join(DIST, "bench", "client.js");
  const words = [process.execPath, client, "open-loop", `${port}`, "redis", task];
  const { count, percentiles } = JSON.parse(await outputOf(words)) as ArrivalResult;
  t.equal(count, 200);
  // Those in the middle of the stall wait for half of it; a closed loop would have sent two.
  const median = percentiles.find(({ percentile }) => percentile === 50)?.us ?? 0;
  t.ok(median > STALL_MS * 250, `${median} µs`);
});

t.test("stalls are measured while keys come and go", async (t) => {
  const { measureStalls } = await compiled<typeof import("../../bench/stalls.ts")>("stalls");
  const skipped: Skipped[] = [];
  const scale = { keys: 200, restMs: 10, limitMs: 3000 };
  const series = await measureStalls(scale, await fewServers(), skipped);
  const ofFdkit = series.filter(({ server }) => server === "fdkit").map(({ name }) => name);
  t.same(ofFdkit, ["insert 200 keys", "flush 200 keys", "expire 200 keys"]);
  for (const { longestMs, points } of series) {
    t.ok(longestMs > 0);
    t.equal(longestMs, Math.max(...points.map(({ ms }) => ms)));
  }
  t.same(skipped, []);
});

t.test("memory and syscalls are counted", async (t) => {
  const { measureMemory } = await compiled<typeof import("../../bench/memory.ts")>("memory");
  const { measureSyscalls } = await compiled<typeof import("../../bench/syscalls.ts")>("syscalls");
  const skipped: Skipped[] = [];
  const scale = { keys: 20_000, connections: 20, settleMs: 10 };
  const memory = await measureMemory(scale, (await fewServers()).slice(0, 1), skipped);
  t.equal(memory.length, 3);
  const calls = await measureSyscalls(500, [], skipped);
  const sends = calls.filter(({ name }) => name.startsWith("send "));
  t.equal(sends.length, 2);
  t.ok(Math.abs((sends[0]?.value ?? 0) - 1) < 0.1, "a send per request");
  t.same(skipped, []);
});

t.test("npm run bench writes what it found", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bench-test-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const files = ["--json", join(folder, "a.json"), "--html", join(folder, "a.html")];
  const main = join(DIST, "bench", "main.js");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  const { status, stdout, stderr } = run("--quick", "--only", "PING", ...files);
  t.equal(status, 0, stderr);
  t.match(stdout, /^PING P=16 c=50 tcp +\d/m);
  const results = JSON.parse(readFileSync(join(folder, "a.json"), "utf8")) as Results;
  t.equal(results.servers[0]?.name, "fdkit");
  t.equal(results.samples.length, results.servers.length);
  t.match(run("--help").stdout, /--only NAME/);
  t.match(run("--only", "nothing"), { status: 1, stderr: /bench: --only: no case/ });
});
