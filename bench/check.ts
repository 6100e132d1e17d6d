/** Fills a server with the keys of a dataset, and checks that it answers as it should. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { encodeRequest, keyName, RANDOM, RequestBatch } from "./requests.ts";
import type { RunningServer } from "./servers.ts";

export interface Dataset {
  readonly keys: number;
  readonly size: number;
}

const BATCH = 1000;
const BATCH_BYTES = 1_000_000;

/** Sends requests, and throws unless exactly the expected bytes come back. */
async function exchange(socket: Socket, requests: Buffer, expected: Buffer): Promise<void> {
  let received = 0;
  socket.write(requests);
  while (received < expected.length) {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    const wanted = expected.subarray(received, received + bytes.length);
    if (!bytes.equals(wanted)) throw new Error(`wrong reply: ${bytes.toString("latin1", 0, 200)}`);
    received += bytes.length;
  }
}

async function withConnection(
  server: RunningServer,
  use: (socket: Socket) => Promise<void>,
): Promise<void> {
  const socket = connect({ port: server.port, host: "127.0.0.1", noDelay: true });
  // Nobody would be told otherwise: `once` waits for data or for an error.
  socket.on("end", () => socket.destroy(new Error("the server closed the connection")));
  await once(socket, "connect");
  try {
    await use(socket);
  } catch (error) {
    throw new Error(`${server.row.name}: ${(error as Error).message}`);
  } finally {
    socket.destroy();
  }
}

/** Sends the same words for key 0 … keys-1; each is answered with `reply`. */
async function forEveryKey(
  socket: Socket,
  words: readonly string[],
  { keys, size }: Dataset,
  reply: string,
): Promise<void> {
  const most = Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / size)));
  const whole = new RequestBatch(words, most);
  const replies = Buffer.from(reply.repeat(most), "latin1");
  for (let first = 0; first < keys; first += most) {
    const count = Math.min(most, keys - first);
    const requests = whole.fill((i) => first + i);
    await exchange(
      socket,
      requests.subarray(0, (requests.length / most) * count),
      replies.subarray(0, reply.length * count),
    );
  }
}

/** Sets every key, so that a GET of any case finds it. */
export async function fill(server: RunningServer, dataset: Dataset): Promise<void> {
  const value = "x".repeat(dataset.size);
  await withConnection(server, (socket) =>
    forEveryKey(socket, ["SET", keyName(RANDOM), value], dataset, "+OK\r\n"),
  );
}

/** Reads every key back, and one that is not there; every byte of the replies must be right. */
export async function checkEveryKey(server: RunningServer, dataset: Dataset): Promise<void> {
  if (!server.row.stores) return;
  const reply = `$${dataset.size}\r\n${"x".repeat(dataset.size)}\r\n`;
  await withConnection(server, async (socket) => {
    await forEveryKey(socket, ["GET", keyName(RANDOM)], dataset, reply);
    await exchange(socket, Buffer.from(encodeRequest("GET", "none")), Buffer.from("$-1\r\n"));
  });
}

const CONVERSATION: readonly (readonly [reply: string, ...words: string[]])[] = [
  ["+PONG\r\n", "PING"],
  ["+OK\r\n", "FLUSHALL"],
  [":1\r\n", "INCR", "n"],
  [":2\r\n", "INCR", "n"],
  ["+OK\r\n", "MSET", "a", "1", "b", ""],
  ["$0\r\n\r\n", "GET", "b"],
  [":1\r\n", "LPUSH", "list", "one"],
  [":2\r\n", "LPUSH", "list", "two"],
  ["$3\r\ntwo\r\n", "LPOP", "list"],
  ["$3\r\none\r\n", "LPOP", "list"],
  ["$-1\r\n", "LPOP", "list"],
  ["+OK\r\n", "FLUSHALL"],
];

/** A reply of every command that is measured. Leaves the server empty. */
export async function checkCommands(server: RunningServer): Promise<void> {
  await withConnection(server, async (socket) => {
    for (const [reply, ...words] of CONVERSATION) {
      const expected = server.row.stores ? reply : "+OK\r\n";
      await exchange(socket, Buffer.from(encodeRequest(...words)), Buffer.from(expected));
    }
  });
}

/** The value of a field of INFO, of a server that has it. */
export async function infoField(server: RunningServer, name: string): Promise<number> {
  const socket = connect({ port: server.port, host: "127.0.0.1" });
  socket.write(`${encodeRequest("INFO")}${encodeRequest("QUIT")}`);
  let text = "";
  for await (const bytes of socket) text += bytes;
  const value = new RegExp(`^${name}:(\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`${server.row.name}: no ${name} in INFO`);
  return Number(value);
}
