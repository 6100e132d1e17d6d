/** The fair comparison without a Redis: an echo server on `Loop` against one on Node's `net`. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpuTime, cpuTimeBetween } from "../cpu-time.ts";
import { onLoadCore, onServerCore } from "../pinning.ts";
import { node, outputOf } from "../programs.ts";
import type { Figure } from "../results.ts";
import { summarize } from "../stats.ts";

const SERVERS = { Loop: "micro/echo-loop.js", net: "micro/echo-net.js" } as const;

const GROUP = "Echo servers, 50 connections";

interface EchoServer {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(name: string, script: string): Promise<EchoServer> {
  const [program = "", ...args] = onServerCore(node(script));
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  if (!(Number(line) > 0)) throw new Error(`${name}: the echo server did not start`);
  return { name, child, port: Number(line) };
}

async function costOf({ child, port }: EchoServer, messages: number): Promise<number> {
  const pid = child.pid as number;
  const before = cpuTime(pid);
  await outputOf(onLoadCore(node("micro/echo-load.js", `${port}`, `${messages}`)));
  return (cpuTimeBetween(before, cpuTime(pid)).total * 1e6) / messages;
}

/** Server CPU per message, in interleaved rounds after a warm-up. */
export async function echoFigures(messages: number, rounds: number): Promise<Figure[]> {
  const servers: EchoServer[] = [];
  try {
    for (const [name, script] of Object.entries(SERVERS)) servers.push(await start(name, script));
    const costs = new Map(servers.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round <= rounds; round++) {
      for (const server of servers) {
        const cost = await costOf(server, messages);
        if (round > 0) costs.get(server.name)?.push(cost);
      }
    }
    return [...costs].map(([server, values]) => {
      const value = summarize(values).median;
      return { group: GROUP, name: "CPU per message of 64 bytes", server, value, unit: "µs" };
    });
  } finally {
    for (const { child } of servers) child.kill("SIGKILL");
  }
}
