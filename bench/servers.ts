/** The servers that are compared, a row each, and how a row becomes a running process. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { compileLimit } from "./limit.ts";
import { onServerCore } from "./pinning.ts";
import { isInstalled, node } from "./programs.ts";
import { scratchPath } from "./scratch.ts";

/** Every server listens on both, on 127.0.0.1. */
export interface Endpoint {
  readonly port: number;
  readonly path: string;
}

export interface ServerRow {
  readonly name: string;
  /** What it is, for the report. */
  readonly what: string;
  /** Whether it is a Redis; the limit answers +OK to everything. */
  readonly stores: boolean;
  /** The program and its arguments. */
  command(endpoint: Endpoint): string[];
  /** Why it can't run here, or undefined. */
  missing(): string | undefined;
}

/** More than the idle connections that memory.ts opens. */
const MAX_CLIENTS = 11_000;

function options({ port, path }: Endpoint): string[] {
  return ["--port", `${port}`, "--unixsocket", path, "--maxclients", `${MAX_CLIENTS}`];
}

function script(name: string, endpoint: Endpoint): string[] {
  return node(name, ...options(endpoint), "--loglevel", "warning");
}

/** Without persistence, which no server of this comparison has. */
function redis(program: string): ServerRow {
  return {
    name: program.replace("-server", ""),
    what: `${program}, C, without persistence`,
    stores: true,
    command: (endpoint) => [program, ...options(endpoint), "--save", "", "--appendonly", "no"],
    missing: () => (isInstalled(program) ? undefined : `${program} is not on the PATH`),
  };
}

const FDKIT: ServerRow = {
  name: "fdkit",
  what: "examples/redis over the toolkit",
  stores: true,
  command: (endpoint) => script("../examples/redis/main.js", endpoint),
  missing: () => undefined,
};

/** fdkit with a counter in each member of the table of calls; it prints them when it ends. */
export const COUNTED: ServerRow = {
  ...FDKIT,
  command: (endpoint) => script("counted-server.js", endpoint),
};

export const SERVERS: readonly ServerRow[] = [
  FDKIT,
  {
    name: "net",
    what: "the same core over Node's net",
    stores: true,
    command: (endpoint) => script("net-server.js", endpoint),
    missing: () => undefined,
  },
  redis("redis-server"),
  redis("valkey-server"),
  {
    name: "limit",
    what: "limit/limit.c, C: parses, stores nothing, answers +OK",
    stores: false,
    command: ({ port, path }) => {
      const compiled = compileLimit();
      return "path" in compiled ? [compiled.path, `${port}`, path] : [];
    },
    missing: () => {
      const compiled = compileLimit();
      return "reason" in compiled ? compiled.reason : undefined;
    },
  },
];

export interface RunningServer extends Endpoint {
  readonly row: ServerRow;
  readonly pid: number;
  /** Ends it and waits for that; what it printed. */
  stop(signal?: NodeJS.Signals): Promise<string>;
}

const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a server on its core, and waits until it accepts connections. */
export async function startServer(row: ServerRow): Promise<RunningServer> {
  const port = await freePort();
  const path = scratchPath(`${row.name}-${port}.sock`);
  const [program = "", ...args] = onServerCore(row.command({ port, path }));
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  let output = "";
  child.stdout.setEncoding("latin1").on("data", (text) => {
    output += text;
  });
  const ended = once(child, "close").then(() => children.delete(child));
  for (let tries = 0; tries < 200 && children.has(child); tries++) {
    if ((await accepts({ port })) && (await accepts({ path }))) {
      const stop = async (signal: NodeJS.Signals = "SIGKILL") => {
        child.kill(signal);
        await ended;
        return output;
      };
      return { row, port, path, pid: child.pid as number, stop };
    }
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${row.name} did not start on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(where: { port: number } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", ...where });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
