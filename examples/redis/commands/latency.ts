/**
 * LATENCY: when the server was slow, and how long commands take.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
 *
 * See also ../latency.ts and ../histogram.ts.
 */

import type { Call } from "../call.ts";
import type { Command, CommandGroup } from "../command.ts";
import type { Core } from "../core.ts";
import { replyError } from "../errors.ts";
import { help } from "../help.ts";
import type { LatencySample } from "../latency.ts";
import { drawSparkline } from "../sparkline.ts";

const ADMIN = "admin noscript loading stale";
const OPEN = "loading stale";

// biome-ignore format: a table is read by its columns
export const latencyCommands: CommandGroup = { group: "server", rows: [
  ["latency",           -2, "",    0, 0, 0, help,      "2.8.13", "Moments of slowness"],
  ["latency|doctor",     2, ADMIN, 0, 0, 0, doctor,    "2.8.13", "In words, what was"],
  ["latency|graph",      3, ADMIN, 0, 0, 0, graph,     "2.8.13", "A drawing of samples"],
  ["latency|help",       2, OPEN,  0, 0, 0, help,      "2.8.13", "Prints this help"],
  ["latency|histogram", -2, ADMIN, 0, 0, 0, histogram, "7.0.0",  "How long commands take"],
  ["latency|history",    3, ADMIN, 0, 0, 0, history,   "2.8.13", "An event's samples"],
  ["latency|latest",     2, ADMIN, 0, 0, 0, latest,    "2.8.13", "The last samples"],
  ["latency|reset",     -2, ADMIN, 0, 0, 0, reset,     "2.8.13", "Forgets samples"],
] };

function samplesOf(core: Core, event: string): readonly LatencySample[] {
  return core.latency.events.get(event)?.samples ?? [];
}

function doctor({ core, reply }: Call): void {
  const lines = [...core.latency.events].map(([event, { samples, worst }]) => {
    return `${event}: ${diagnosis(samples)} The worst ever took ${worst} ms.`;
  });
  if (core.settings["latency-monitor-threshold"] === 0) {
    lines.push(
      "Nothing is watched: CONFIG SET latency-monitor-threshold <milliseconds> begins with it.",
    );
  } else if (lines.length === 0) {
    lines.push("Nothing took longer than latency-monitor-threshold so far.");
  } else {
    lines.push("SLOWLOG GET tells which commands these were; large values take long to remove.");
  }
  reply.verbatim("txt", `${lines.join("\n")}\n`);
}

function diagnosis(samples: readonly LatencySample[]): string {
  const mean = (numbers: readonly number[]) => {
    return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
  };
  const average = mean(samples.map(({ latency }) => latency));
  const deviation = mean(samples.map(({ latency }) => Math.abs(latency - average)));
  const [first, last] = [samples[0], samples.at(-1)];
  const span = (last?.time ?? 0) - (first?.time ?? 0);
  const period = samples.length > 1 ? span / (samples.length - 1) : 0;
  return (
    `${samples.length} seconds with latency of ${average.toFixed(0)} ms on average (mean ` +
    `deviation ${deviation.toFixed(0)} ms), one every ${period.toFixed(2)} s.`
  );
}

const GRAPH_WIDTH = 80;

function graph({ args, core, reply }: Call): void {
  const event = args.string(2);
  const known = core.latency.events.get(event);
  if (known === undefined) throw replyError(`ERR No samples available for event '${event}'`);
  const latencies = known.samples.map(({ latency }) => latency);
  const head =
    `${event} - high ${Math.max(...latencies)} ms, low ${Math.min(...latencies)} ms ` +
    `(all time high ${known.worst} ms)\n${"-".repeat(GRAPH_WIDTH)}\n`;
  const now = Math.floor(core.clock.now / 1000);
  const points = known.samples.map(({ time, latency }) => {
    return { value: latency, label: shortSpan(now - time) };
  });
  reply.verbatim("txt", head + drawSparkline(points));
}

/** In the largest unit of which there is a whole one. */
function shortSpan(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

/** LATENCY HISTOGRAM [command…]; a container stands for its subcommands. */
function histogram({ args, core, reply }: Call): void {
  const asked: Command[] = args.count === 2 ? [...core.table.all()] : [];
  for (let i = 2; i < args.count; i++) {
    const command = core.table.byName(args.string(i));
    if (command !== undefined) asked.push(command, ...command.subcommands.values());
  }
  const timed = new Set(asked.filter(({ times }) => times !== undefined));
  reply.map(timed.size);
  for (const command of timed) {
    command.settleTimes();
    const steps = command.times?.cumulative() ?? [];
    reply.bulkString(command.name);
    reply.map(2);
    reply.bulkString("calls");
    reply.integer(command.times?.total ?? 0);
    reply.bulkString("histogram_usec");
    reply.map(steps.length);
    for (const number of steps.flat()) reply.integer(number);
  }
}

function history({ args, core, reply }: Call): void {
  const samples = samplesOf(core, args.string(2));
  reply.array(samples.length);
  for (const { time, latency } of samples) {
    reply.array(2);
    reply.integer(time);
    reply.integer(latency);
  }
}

/** For each event: its name, the time and the latency of the last sample, the worst latency. */
function latest({ core, reply }: Call): void {
  const { events } = core.latency;
  reply.array(events.size);
  for (const [event, { samples, worst }] of events) {
    const last = samples.at(-1) as LatencySample;
    reply.array(4);
    reply.bulkString(event);
    for (const number of [last.time, last.latency, worst]) reply.integer(number);
  }
}

/** LATENCY RESET [event…]; how many there were. */
function reset({ args, core, reply }: Call): void {
  const asked = args.count === 2 ? [...core.latency.events.keys()] : [];
  for (let i = 2; i < args.count; i++) asked.push(args.string(i));
  reply.integer(asked.filter((event) => core.latency.reset(event)).length);
}
