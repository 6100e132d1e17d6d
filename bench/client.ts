/**
 * A load generator on the toolkit, for machines without redis-benchmark: it knows of its options
 * those that bench/load.ts uses, and prints its rate in the same form.
 *
 * Every client sends a batch of requests and waits for all the replies before the next one.
 */

import { parseArgs } from "node:util";
import {
  close,
  connectTcp,
  EPOLLIN,
  type Handler,
  Loop,
  recv,
  setNonBlocking,
  writeAll,
} from "fdkit";

const flag = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    port: { ...flag, short: "p" },
    requests: { ...flag, short: "n" },
    clients: { ...flag, short: "c" },
    pipeline: { ...flag, short: "P" },
    command: { ...flag, short: "t" },
    keys: { ...flag, short: "r" },
    size: { ...flag, short: "d" },
  },
});
const port = Number(values.port);
const requests = Number(values.requests);
const clients = Number(values.clients);
const pipeline = Number(values.pipeline);
const keys = Number(values.keys);
const value = "x".repeat(Number(values.size));

const loop = new Loop();
const inbound = Buffer.alloc(1024 * 1024);
const LF = 10;
let unsent = requests;

class Connection implements Handler {
  private readonly fd = connectTcp("127.0.0.1", port);
  private expectedLines = 0;

  start(): void {
    setNonBlocking(this.fd);
    loop.add(this.fd, EPOLLIN, this);
    this.sendBatch();
  }

  private sendBatch(): void {
    const size = Math.min(pipeline, unsent);
    if (size === 0) {
      loop.remove(this.fd);
      close(this.fd);
      return;
    }
    unsent -= size;
    const batch = Array.from({ length: size }, makeRequest).join("");
    // A GET of a key that is there is answered by two lines, a SET by one.
    this.expectedLines = size * (values.command === "get" ? 2 : 1);
    writeAll(this.fd, Buffer.from(batch, "latin1"));
  }

  ready(): void {
    const n = recv(this.fd, inbound, inbound.length, 0);
    if (n === 0) throw new Error("the server closed the connection");
    for (let i = 0; i < n; i++) {
      if (inbound[i] === LF) this.expectedLines--;
    }
    if (this.expectedLines === 0) this.sendBatch();
  }
}

function makeRequest(): string {
  const key = `key:${String(Math.floor(Math.random() * keys)).padStart(12, "0")}`;
  if (values.command === "get") return `*2\r\n$3\r\nGET\r\n$16\r\n${key}\r\n`;
  return `*3\r\n$3\r\nSET\r\n$16\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
}

const began = performance.now();
for (let i = 0; i < clients; i++) new Connection().start();
loop.run();
const seconds = (performance.now() - began) / 1000;
console.log(`"${values.command?.toUpperCase()}","${(requests / seconds).toFixed(2)}"`);
