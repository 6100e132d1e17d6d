/** Memory: what a key and an idle connection add to a server. proc(5), VmRSS */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { countName } from "./cases.ts";
import { fill, infoField } from "./check.ts";
import { allowFds } from "./fd-limit.ts";
import { Progress } from "./progress.ts";
import { encodeRequest } from "./requests.ts";
import type { Figure } from "./results.ts";
import { type RunningServer, type ServerRow, startServer } from "./servers.ts";
import { orSkip, type Skipped } from "./skipped.ts";

export interface MemoryScale {
  readonly keys: number;
  readonly connections: number;
  /** Allocators and garbage collectors give back what they do not need a little later. */
  readonly settleMs: number;
}

/** Compiled code and first buffers belong to the server, not to a key or to a connection. */
const WARM_UP = { keys: 5000, size: 16, connections: 100 };
/** What a server needs besides its clients, with room to spare. */
const SPARE_FDS = 1200;
/** Less than any server's backlog. */
const CONNECTIONS_AT_ONCE = 100;

/** Kilobytes in the file, bytes here. */
export function parseRss(status: string): number {
  const kB = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kB === undefined) throw new Error("no VmRSS in /proc/pid/status");
  return Number(kB) * 1024;
}

function rss(server: RunningServer): number {
  return parseRss(readFileSync(`/proc/${server.pid}/status`, "latin1"));
}

export async function measureMemory(
  scale: MemoryScale,
  all: readonly ServerRow[],
  skipped: Skipped[],
): Promise<Figure[]> {
  const { keys, connections } = scale;
  const rows = all.filter(({ stores }) => stores);
  const progress = new Progress("memory", rows.length);
  const figures: Figure[] = [];
  for (const row of rows) {
    progress.next(row.name);
    await orSkip(`memory per key of ${row.name}`, skipped, async () => {
      const value = await withServer(row, (server) => rssPerKey(server, scale));
      const name = `RSS per key, ${countName(keys)} keys of 16+16 B`;
      figures.push({ group: "memory", name, server: row.name, value, unit: "B" });
    });
    await orSkip(`idle connections of ${row.name}`, skipped, async () => {
      allowFds(connections + SPARE_FDS);
      figures.push(...(await withServer(row, (server) => idleConnections(server, scale))));
    });
  }
  progress.end();
  return figures;
}

async function withServer<T>(row: ServerRow, use: (server: RunningServer) => Promise<T>) {
  const server = await startServer(row);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function rssPerKey(server: RunningServer, { keys, settleMs }: MemoryScale): Promise<number> {
  await fill(server, WARM_UP);
  await sleep(settleMs);
  const before = rss(server);
  await fill(server, { keys, size: 16 });
  await sleep(settleMs);
  return (rss(server) - before) / (keys - Math.min(keys - 1, WARM_UP.keys));
}

/** Each has been asked one PING, as a client is that then rests. */
async function idleConnections(
  server: RunningServer,
  { connections, settleMs }: MemoryScale,
): Promise<Figure[]> {
  const sockets = await openConnections(server, WARM_UP.connections);
  try {
    const before = await usage(server, settleMs);
    sockets.push(...(await openConnections(server, connections)));
    const after = await usage(server, settleMs);
    const of = countName(connections);
    const figure = (what: string, bytes: number) => ({
      group: "memory",
      name: `${what} per idle connection, ${of} of them`,
      server: server.row.name,
      value: bytes / connections,
      unit: "B",
    });
    return [figure("RSS", after.rss - before.rss), figure("used_memory", after.used - before.used)];
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** `used` is what the server itself counts: JavaScript heap and buffers, or what malloc gave. */
async function usage(
  server: RunningServer,
  settleMs: number,
): Promise<{ rss: number; used: number }> {
  await sleep(settleMs);
  return { rss: rss(server), used: await infoField(server, "used_memory") };
}

async function openConnections({ port }: RunningServer, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const ping = encodeRequest("PING");
  const open = async () => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("end", () => socket.destroy(new Error("the server closed the connection")));
    socket.write(ping);
    await once(socket, "data");
    // It may close the connection when it ends.
    socket.on("error", () => {});
    return socket;
  };
  while (sockets.length < count) {
    const some = Math.min(CONNECTIONS_AT_ONCE, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, open))));
  }
  return sockets;
}
