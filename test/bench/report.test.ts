/** The HTML report: all that was measured, nothing from elsewhere, whatever the names are. */

import t from "tap";
import { formatHtml } from "../../bench/report/html.ts";
import { formatPicture } from "../../bench/report/picture.ts";
import type { Results } from "../../bench/results.ts";

const HOSTILE = `</script><img src=x onerror="alert('&')">`;

function results(changes: Partial<Results> = {}): Results {
  const sample = { case: "GET 16 B P=16 c=50 tcp", round: 1, rate: 1_000_000 };
  return {
    date: "2026-01-02T03:04:05.000Z",
    environment: [["machine", "2 × something"]],
    servers: [
      { name: "fdkit", what: "ours" },
      { name: "redis", what: "C" },
    ],
    samples: [
      { ...sample, server: "fdkit", user: 0.3, system: 0.2 },
      { ...sample, server: "redis", user: 0.6, system: 0.4 },
    ],
    latencies: [
      {
        case: "GET",
        server: "fdkit",
        arrivalRate: 20_000,
        percentiles: [
          { percentile: 50, us: 40 },
          { percentile: 100, us: 900 },
        ],
      },
    ],
    stalls: [{ name: "insert", server: "fdkit", longestMs: 2, points: [{ second: 0, ms: 2 }] }],
    figures: [{ group: "memory", name: "RSS per key", server: "fdkit", value: 63, unit: "B" }],
    skipped: [{ what: "valkey", reason: "not there" }],
    ...changes,
  };
}

t.test("it says what was measured, and whether a target was met", (t) => {
  const html = formatHtml(results());
  t.match(html, /<td class="met">0\.50 <small>≤ 0\.65<\/small><\/td>/);
  t.match(html, '<span class="value">0.500</span>');
  t.match(html, "<td>63 B</td>");
  t.match(html, "<li>valkey: not there</li>");
  t.match(html, "2 × something");
  const missed = results().samples.map((one) => ({ ...one, user: 1, system: 0 }));
  t.match(formatHtml(results({ samples: missed })), /class="missed">1\.00 <small>not ≤ 0\.65/);
  t.end();
});

t.test("targets other than CPU per request are judged as well", (t) => {
  const figure = (name: string, server: string, value: number) => {
    return { group: "any", name, server, value, unit: "" };
  };
  const stall = { server: "fdkit", points: [] };
  const html = formatHtml(
    results({
      figures: [
        figure("RSS per key, 1 M keys of 16+16 B", "fdkit", 60),
        figure("RSS per key, 1 M keys of 16+16 B", "redis", 120),
        figure("RSS per key, 50 000 keys of 16+16 B", "fdkit", 60),
        figure("RSS per key, 50 000 keys of 16+16 B", "redis", 61),
        figure("CPU per message of 64 bytes", "Loop", 8),
        figure("CPU per message of 64 bytes", "net", 10),
        figure("read(fd, buffer, 64)", "lib/sys", 190.04),
        figure("read(fd, buffer, 64)", "C", 130),
      ],
      stalls: [
        { ...stall, name: "insert 10 M keys", longestMs: 5.06 },
        { ...stall, name: "insert 1 M keys", longestMs: 77 },
      ],
    }),
  );
  const section = /<h2>Other targets.*?<\/section>/s.exec(html)?.[0] ?? "";
  const judged = [...section.matchAll(/class="(met|missed)">([\d.]+)/g)].map(
    ([, verdict, value]) => [verdict, value],
  );
  t.same(judged, [
    ["met", "0.50"],
    ["missed", "0.80"],
    ["met", "60.0"],
    ["missed", "5.1"],
  ]);
  t.notMatch(formatHtml(results()), "Other targets", "which needs figures to judge");
  t.end();
});

t.test("it needs nothing but itself", (t) => {
  const html = formatHtml(results());
  t.match(html, "uPlot", "the charts' library is inside");
  t.notMatch(html, /<(?:script|img|link|iframe)[^>]*\s(?:src|href)=/);
  t.notMatch(html, /@import|url\(/);
  t.end();
});

t.test("no name gets out of its place", (t) => {
  const { samples, servers, latencies, figures } = results();
  const html = formatHtml(
    results({
      environment: [[HOSTILE, HOSTILE]],
      servers: servers.map((one) => ({ ...one, what: HOSTILE })),
      samples: samples.map((one) => ({ ...one, case: HOSTILE })),
      latencies: latencies.map((one) => ({ ...one, case: HOSTILE })),
      figures: figures.map((one) => ({ ...one, group: HOSTILE, name: HOSTILE, unit: HOSTILE })),
      skipped: [{ what: HOSTILE, reason: HOSTILE }],
    }),
  );
  t.notMatch(html, "<img");
  const embedded = /<script type="application\/json" id="results">(.*?)<\/script>/s.exec(html);
  const { latencies: kept } = JSON.parse(embedded?.[1] ?? "{}") as Results;
  t.equal(kept[0]?.case, HOSTILE);
  t.end();
});

t.test("what was not measured has no section", (t) => {
  const html = formatHtml(
    results({ samples: [], latencies: [], stalls: [], figures: [], skipped: [] }),
  );
  t.notMatch(html, /Latency from|Longest wait|Left out|Server CPU per request/);
  t.match(html, "Where and what");
  t.end();
});

t.test("the picture has a bar for each server, as long as its cost", (t) => {
  const limit = { case: "GET 16 B P=16 c=50 tcp", server: "limit", round: 1, rate: 1 };
  const picture = formatPicture(
    results({
      environment: [
        ["machine", "2 × <CPU>"],
        ["Redis", "Redis server v=7.0.15 sha=00000000:0"],
      ],
      servers: [...results().servers, { name: "limit", what: "C" }],
      samples: [...results().samples, { ...limit, user: 9, system: 9 }],
    }),
  );
  const bars = [...picture.matchAll(/class="(ours|other)" .* width="([\d.]+)"/g)];
  t.same(
    bars.map(([, colour, width]) => [colour, width]),
    [
      ["ours", "62.0"],
      ["other", "124.0"],
    ],
  );
  t.match(picture, />GET, 16 in a pipeline</);
  t.match(picture, /class="value"[^>]*>0\.50<.*class="value"[^>]*>1\.00</s);
  t.match(picture, "2 × &lt;CPU&gt;, 2026-01-02");
  t.match(picture, "redis-server 7.0.15");
  t.match(picture, "prefers-color-scheme: dark");
  t.same(picture.match(/https?:[^"]*/g), ["http://www.w3.org/2000/svg"], "nothing from elsewhere");
  t.throws(() => formatPicture(results({ samples: [] })), RangeError);
  t.end();
});
