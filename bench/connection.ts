/**
 * A connection of a load generator, in a loop: batches of requests go out, replies are counted as
 * they come in. What the kernel does not take at once waits for EPOLLOUT. send(2), recv(2)
 */

import {
  close,
  connectTcp,
  connectUnix,
  EAGAIN,
  EPOLLIN,
  EPOLLOUT,
  type Handler,
  IPPROTO_TCP,
  type Loop,
  recv,
  send,
  setNonBlocking,
  setsockopt,
  TCP_NODELAY,
} from "fdkit";
import { ReplyCounter } from "./replies.ts";

/** One for all: what came in is counted at once. */
const inbound = Buffer.alloc(256 * 1024);

/** A port of 127.0.0.1, or the path of a unix socket. */
function connectTo(where: string): number {
  if (where.startsWith("/")) return connectUnix(where);
  const fd = connectTcp("127.0.0.1", Number(where));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  return fd;
}

/** Called with how many replies came in, and with the number in the last one. */
type Answered = (count: number, number: number) => void;

export class Connection implements Handler {
  private readonly loop: Loop;
  private readonly fd: number;
  private readonly replies: ReplyCounter;
  private readonly answered: Answered;
  private waiting: Buffer[] = [];

  /** `type` is the first byte of every reply. */
  constructor(loop: Loop, where: string, type: string, answered: Answered) {
    this.loop = loop;
    this.fd = connectTo(where);
    this.replies = new ReplyCounter(type);
    this.answered = answered;
    setNonBlocking(this.fd);
    loop.add(this.fd, EPOLLIN, this);
  }

  /** Sends `bytes`, which may be written over as soon as this returns. */
  send(bytes: Uint8Array): void {
    if (this.waiting.length > 0) this.waiting.push(Buffer.from(bytes));
    else this.sendNow(bytes);
  }

  private sendNow(bytes: Uint8Array): void {
    let sent = 0;
    while (sent < bytes.length) {
      const n = send(this.fd, bytes, bytes.length - sent, 0, sent);
      if (n === -EAGAIN) {
        this.waiting.unshift(Buffer.from(bytes.subarray(sent)));
        this.loop.modify(this.fd, EPOLLIN | EPOLLOUT);
        return;
      }
      if (n > 0) sent += n;
    }
  }

  ready(_fd: number, events: number): void {
    if ((events & EPOLLOUT) !== 0) this.sendWaiting();
    if ((events & ~EPOLLOUT) !== 0) this.receive();
  }

  private sendWaiting(): void {
    const { waiting } = this;
    this.waiting = [];
    this.loop.modify(this.fd, EPOLLIN);
    for (const bytes of waiting) this.send(bytes);
  }

  private receive(): void {
    const n = recv(this.fd, inbound, inbound.length, 0);
    if (n === 0) throw new Error("the server closed the connection");
    if (n < 0) return;
    const count = this.replies.take(inbound, n);
    if (count > 0) this.answered(count, this.replies.number);
  }

  close(): void {
    this.loop.remove(this.fd);
    close(this.fd);
  }
}
