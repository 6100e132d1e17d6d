/** Fills a server with the keys of the cases, and checks that it answers as it should. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { KEYS, VALUE_SIZE } from "./cases.ts";

const BATCH = 1000;
const VALUE = "x".repeat(VALUE_SIZE);

/** As redis-benchmark names them. */
function keyName(i: number): string {
  return `key:${String(i).padStart(12, "0")}`;
}

function request(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** Sends requests and waits until as many bytes came back as `expected` has. */
async function exchange(socket: Socket, requests: string, expected: string): Promise<string> {
  let received = "";
  socket.write(requests, "latin1");
  while (received.length < expected.length) {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    received += bytes.toString("latin1");
  }
  return received;
}

/**
 * Every key is set and read back, so that a GET of any case finds it; throws when one reply is
 * wrong.
 */
export async function fillAndCheck(port: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  try {
    for (let first = 0; first < KEYS; first += BATCH) {
      const keys = Array.from({ length: BATCH }, (_, i) => keyName(first + i));
      const sets = keys.map((key) => request("SET", key, VALUE)).join("");
      await expectReply(socket, sets, "+OK\r\n".repeat(BATCH));
      const gets = keys.map((key) => request("GET", key)).join("");
      await expectReply(socket, gets, `$${VALUE_SIZE}\r\n${VALUE}\r\n`.repeat(BATCH));
    }
    await expectReply(socket, request("GET", "no such key"), "$-1\r\n");
  } finally {
    socket.destroy();
  }
}

async function expectReply(socket: Socket, requests: string, expected: string): Promise<void> {
  const received = await exchange(socket, requests, expected);
  if (received !== expected) throw new Error(`wrong reply: ${received.slice(0, 200)}`);
}
