/** The servers of examples/redis-steps/, each a process on a port of its own. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Test } from "tap";
import { reservePort } from "./ports.ts";
import { Connection } from "./redis-server.ts";
import { ours, Run } from "./run.ts";

/** What an fd is; an fd may be gone since it was listed. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** A server of one step, and what can be seen of it. */
export async function start(t: Test, step: string) {
  const port = reservePort(t);
  const server = new Run(t, ours(`examples/redis-steps/${step}.js`, `${port}`));
  await server.printed(/listening.*\n/);
  const { pid } = server.process;
  return {
    server,
    port,
    open: () => Connection.open(t, { host: "127.0.0.1", port }),
    countSockets: () => {
      const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
      return fds.filter((path) => linkOf(path).startsWith("socket:")).length;
    },
    memory: () => {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    },
  };
}

/** A request as redis-cli writes it. */
export function request(...args: string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}
