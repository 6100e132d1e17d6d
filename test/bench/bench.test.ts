// The benchmark's own parts: what it reads, counts and prints; and that the server on `net` serves.

import t from "tap";
import { CASES } from "../../bench/cases.ts";
import { cpuTime, parseStat } from "../../bench/cpu-time.ts";
import { parseRate } from "../../bench/load.ts";
import { formatReport } from "../../bench/report.ts";
import { summarize } from "../../bench/stats.ts";
import { formatTable } from "../../bench/table.ts";

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
  t.match(process.cpuUsage().user / 1e6 - now.user < 0.5, true, "as Node counts it");
});

t.test("the rate is read from redis-benchmark's last line", async (t) => {
  t.equal(parseRate('"test","rps"\n"GET","123456.78","0.1"\n'), 123456.78);
  t.throws(() => parseRate("Could not connect"), { message: /no rate/ });
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

t.test("the report shows medians and the ratios to the first server", async (t) => {
  const sample = (server: string, user: number) => ({
    case: "SET P=1",
    server,
    user,
    system: 1,
    rate: 1000 * user,
  });
  const samples = [1, 2, 3].flatMap((user) => [sample("fdkit", user), sample("redis", user * 3)]);
  const report = formatReport(samples, CASES.slice(0, 1), ["fdkit", "redis"]);
  t.match(report, "3.000 (2.000 – 4.000)");
  t.match(report, "6,000");
  t.match(report, /SET P=1 +0\.43/);
});
