/**
 * Sends messages to an echo server on many connections and waits for each to come back before the
 * next: `node echo-load.js PORT MESSAGES`.
 */

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

const CONNECTIONS = 50;
const MESSAGE = Buffer.alloc(64, "x");

const [port = 0, messages = 0] = process.argv.slice(2).map(Number);
const loop = new Loop();
const inbound = Buffer.allocUnsafeSlow(MESSAGE.length);
let left = messages;

class Connection implements Handler {
  private readonly fd = connectTcp("127.0.0.1", port);
  private missing = 0;

  start(): void {
    setNonBlocking(this.fd);
    loop.add(this.fd, EPOLLIN, this);
    this.next();
  }

  private next(): void {
    if (left-- > 0) {
      this.missing = MESSAGE.length;
      writeAll(this.fd, MESSAGE);
    } else {
      loop.remove(this.fd);
      close(this.fd);
    }
  }

  ready(): void {
    const n = recv(this.fd, inbound, this.missing, 0);
    if (n === 0) throw new Error("the server closed the connection");
    if (n < 0) return;
    this.missing -= n;
    if (this.missing === 0) this.next();
  }
}

for (let i = 0; i < CONNECTIONS; i++) new Connection().start();
loop.run();
