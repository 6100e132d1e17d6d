/** LATENCY: samples of slow moments, pictures of them, and how long commands take. */

import t from "tap";
import { Histogram } from "../../examples/redis/histogram.ts";
import { drawSparkline } from "../../examples/redis/sparkline.ts";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

const SLEEPY = { "enable-debug-command": "yes", "latency-monitor-threshold": 20 } as const;

t.test("without samples there is nothing to tell", async (t) => {
  const { send } = testCore();
  t.equal(send(["latency", "latest"]), "*0\r\n");
  t.equal(send(["latency", "history", "command"]), "*0\r\n");
  t.equal(send(["latency", "reset", "a", "b"]), ":0\r\n");
  t.equal(send(["latency", "histogram", "get"]), "*0\r\n");
  t.match(send(["latency", "doctor"]), /CONFIG SET latency-monitor-threshold/);
  t.match(send(["latency", "graph", "x"]), /^-ERR No samples available for event 'x'/);
  send(["config", "set", "latency-monitor-threshold", "1000"]);
  t.match(send(["latency", "doctor"]), /Nothing took longer/);
});

t.test("what takes longer than the threshold is kept, the worst of a second", async (t) => {
  const { core, send } = testCore(SLEEPY);
  send(["debug", "sleep", "0.03"]);
  const [, , name, , time, latency, worst] = send(["latency", "latest"]).split("\r\n");
  t.equal(name, "$7");
  t.equal(time?.slice(1), String(core.latency.events.get("command")?.samples[0]?.time));
  t.ok(Number(latency?.slice(1)) >= 30);
  t.equal(worst, latency);
  core.latency.record("command", 5000, 7000);
  core.latency.record("command", 4000, 7999);
  core.latency.record("command", 100.9, 9000);
  t.same(core.latency.events.get("command")?.samples.slice(1), [
    { time: 7, latency: 5000 },
    { time: 9, latency: 100 },
  ]);
  t.match(send(["latency", "latest"]), /:9\r\n:100\r\n:5000\r\n$/);
  t.match(send(["latency", "doctor"]), /command: 3 seconds with latency .* took 5000 ms/);
  t.equal(send(["latency", "reset", "nosuch", "command"]), ":1\r\n");
  t.equal(send(["latency", "latest"]), "*0\r\n");
  for (let second = 0; second < 200; second++) core.latency.record("x", 1, second * 1000);
  t.match(send(["latency", "history", "x"]), /^\*160\r\n\*2\r\n:40\r\n:1\r\n/);
});

t.test("a graph has a column for each sample, and says how long ago it was", async (t) => {
  const points = [51, 200, 101, 199].map((value, i) => ({ value, label: `${i * 9}s` }));
  t.equal(drawSparkline(points), " # #\n | |\n |o|\n_|||\n    \n0912\nss87\n  ss\n");
  const many = Array.from({ length: 100 }, (_, i) => ({ value: i, label: "1h" }));
  const lines = drawSparkline(many).split("\n");
  t.equal(lines[0]?.length, 80);
  t.equal(lines[8]?.length, 20, "the rest is a picture of its own");
});

t.test("the real server draws the same", async (t) => {
  const referee = await startReferee(t, "--latency-monitor-threshold", "20");
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { send } = testCore(SLEEPY);
  const shape = (text: string) => text.replace(/\d+/g, "N");
  for (const words of [
    ["debug", "sleep", "0.03"],
    ["latency", "graph", "command"],
    ["latency", "latest"],
    ["latency", "history", "command"],
    ["latency", "histogram", "nosuch"],
    ["latency", "reset", "x", "command"],
    ["latency", "reset"],
    ["latency", "graph", "command"],
  ]) {
    t.equal(shape(send(words)), shape(await referee.send(words)), words.join(" "));
  }
});

t.test("times of commands, by doubling limits and as percentiles", async (t) => {
  const histogram = new Histogram();
  histogram.add(0.5, 10);
  histogram.add(3, 80);
  histogram.add(1000, 9);
  histogram.add(1e12, 1);
  t.same(histogram.cumulative().slice(0, 3), [
    [1, 10],
    [4, 90],
    [1048, 99],
  ]);
  const near = (percent: number, expected: number) => {
    t.ok(Math.abs(histogram.percentile(percent) / expected - 1) < 0.05, `p${percent}`);
  };
  near(5, 0.5);
  near(50, 3);
  near(99, 1000);

  const { send } = testCore();
  for (let i = 0; i < 100; i++) send(["get", "k"]);
  send(["config", "get", "x"]);
  send(["hello", "3"]);
  const report = send(["latency", "histogram", "get", "config", "nosuch", "del"]);
  t.match(report, /^%2\r\n\$3\r\nget\r\n%2\r\n\$5\r\ncalls\r\n:100\r\n\$14\r\nhistogram_usec\r\n%/);
  t.match(report, "$10\r\nconfig|get\r\n");
  t.match(send(["info", "latencystats"]), /_usec_get:p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+\r\n/);
  send(["config", "set", "latency-tracking-info-percentiles", "10"]);
  t.match(send(["info", "latencystats"]), /_usec_get:p10=[\d.]+\r\n/);
  send(["config", "resetstat"]);
  t.notMatch(send(["info", "latencystats"]), "usec_get");
  send(["config", "set", "latency-tracking", "no"]);
  send(["get", "k"]);
  t.notMatch(send(["info", "latencystats"]), "usec_get");
});
