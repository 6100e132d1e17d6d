/** The script of the report, for the browser: it draws what is in the element `results`. */

export const CHART_SCRIPT = `
"use strict";
(() => {
  const { latencies, servers, stalls } = JSON.parse(document.getElementById("results").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const COLORS = dark
    ? ["#4cc38a", "#f1a10d", "#e5484d", "#a18fff", "#8b9098"]
    : ["#18794e", "#ad5700", "#cd2b31", "#5746af", "#6f7680"];
  const ink = dark ? "#a0a6ad" : "#5a6068";
  const grid = { stroke: dark ? "#2b2f33" : "#e6e8eb", width: 1 };
  const names = servers.map((server) => server.name);
  const colorOf = (name) => COLORS[names.indexOf(name) % COLORS.length];
  const axis = (more) => ({ stroke: ink, grid, ticks: grid, ...more });
  const unique = (names) => [...new Set(names)];

  function draw(parent, title, options, data) {
    const holder = document.createElement("div");
    holder.className = "chart";
    const heading = document.createElement("h3");
    heading.textContent = title;
    holder.append(heading);
    parent.append(holder);
    const width = () => holder.clientWidth;
    const plot = new uPlot({ ...options, width: width(), height: 260 }, data, holder);
    addEventListener("resize", () => plot.setSize({ width: width(), height: 260 }));
  }

  function lines(of, value) {
    return of.map((one) => ({
      label: one.server,
      stroke: colorOf(one.server),
      width: 2,
      points: { show: of.length < 9, size: 5 },
      value: (_, y) => (y == null ? "–" : value(y)),
    }));
  }

  const duration = (us) => {
    if (us == null) return "";
    return us < 1000 ? us + " µs" : us < 1e6 ? us / 1000 + " ms" : us / 1e6 + " s";
  };

  function drawLatency(parent, title, of) {
    const percentiles = of[0].percentiles.map(({ percentile }) => percentile);
    const places = percentiles.map((_, i) => i);
    const name = (i) => {
      if (percentiles[i] === undefined) return "";
      return percentiles[i] === 100 ? "max" : "p" + percentiles[i];
    };
    const data = [places, ...of.map((one) => one.percentiles.map(({ us }) => us))];
    draw(parent, title, {
      scales: { x: { time: false, range: [-0.2, places.length - 0.8] }, y: { distr: 3 } },
      axes: [
        axis({ splits: () => places, values: (_, at) => at.map(name) }),
        axis({ size: 75, values: (_, ys) => ys.map(duration) }),
      ],
      series: [
        { label: "at", value: (_, i) => (i == null ? "–" : name(i)) },
        ...lines(of, (y) => y.toFixed(0) + " µs"),
      ],
    }, data);
  }

  function drawStalls(parent, title, of) {
    const all = of.flatMap((one) => one.points.map(({ second }) => second));
    const seconds = unique(all).sort((a, b) => a - b);
    const waits = of.map((one) => {
      const at = new Map(one.points.map(({ second, ms }) => [second, ms]));
      return seconds.map((second) => at.get(second) ?? null);
    });
    draw(parent, title, {
      scales: { x: { time: false } },
      axes: [
        axis({ space: 70, values: (_, xs) => xs.map((x) => x + " s") }),
        axis({ size: 60, values: (_, ys) => ys.map((y) => y + " ms") }),
      ],
      series: [
        { label: "at", value: (_, x) => (x == null ? "–" : x.toFixed(1) + " s") },
        ...lines(of, (y) => y.toFixed(1) + " ms"),
      ],
    }, [seconds, ...waits]);
  }

  function drawAll(id, all, kindOf, drawOne) {
    const parent = document.getElementById(id);
    for (const kind of parent ? unique(all.map(kindOf)) : []) {
      drawOne(parent, kind, all.filter((one) => kindOf(one) === kind));
    }
  }

  const rate = ({ arrivalRate }) => arrivalRate.toLocaleString("en") + "/s";
  drawAll("latency", latencies, (one) => one.case + ", " + rate(one), drawLatency);
  drawAll("stalls", stalls, (one) => one.name, drawStalls);
})();
`;
