/** The servers that are compared, a row each, and how a row becomes a running process. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface ServerRow {
  readonly name: string;
  /** What it is, for the report. */
  readonly what: string;
  /** The program and its arguments, for a port. */
  command(port: number): string[];
  /** Why it can't run here, or undefined. */
  missing(): string | undefined;
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

function script(path: string, port: number): string[] {
  return [process.execPath, new URL(path, import.meta.url).pathname, "--port", `${port}`];
}

export const SERVERS: readonly ServerRow[] = [
  {
    name: "fdkit",
    what: "examples/redis over the toolkit",
    command: (port) => [...script("../examples/redis/main.js", port), "--loglevel", "warning"],
    missing: () => undefined,
  },
  {
    name: "net",
    what: "the same core over Node's net",
    command: (port) => script("net-server.js", port),
    missing: () => undefined,
  },
  {
    name: "redis",
    what: "redis-server, C",
    command: (port) => ["redis-server", "--port", `${port}`, "--save", "", "--appendonly", "no"],
    missing: () => (isInstalled("redis-server") ? undefined : "redis-server is not on the PATH"),
  },
];

export interface RunningServer {
  readonly row: ServerRow;
  readonly port: number;
  readonly process: ChildProcess;
}

/** Starts a server, on `cpu` alone when that is given, and waits until it accepts connections. */
export async function startServer(
  row: ServerRow,
  port: number,
  cpu: number | undefined,
): Promise<RunningServer> {
  const pinned = cpu === undefined ? [] : ["taskset", "-c", `${cpu}`];
  const [program = "", ...args] = [...pinned, ...row.command(port)];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  for (let tries = 0; tries < 100; tries++) {
    if (ended) break;
    if (await accepts(port)) return { row, port, process: child };
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${row.name} did not start on port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
