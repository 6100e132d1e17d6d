/**
 * A connection: its fd, the bytes of a request that is not complete, the replies that are not sent.
 * It moves bytes between the kernel and the core and knows no command. See also server.ts.
 *
 * recv(2), send(2), writev(2), close(2)
 */

import {
  close,
  EAGAIN,
  EINTR,
  EPOLLIN,
  EPOLLOUT,
  formatAddress,
  getsockname,
  type Handler,
  recv,
  send,
  writev,
} from "fdkit";
import { OutputQueue } from "./output-queue.ts";
import { QueryBuffer } from "./query-buffer.ts";
import type { Reply } from "./reply.ts";
import type { Server } from "./server.ts";
import { Session } from "./session.ts";
import { isSubscriber } from "./subscriptions.ts";

const READ_SIZE = 64 * 1024;
/** A value of at least this size is received where it will be read, in as large pieces as come. */
const BIG_READ = 1024 * 1024;
/** From here on three buffers for writev(2) cost less than a copy of the value. */
export const GATHER_FROM = 32 * 1024;
/** What may be sent to one client before the others have their turn (NET_MAX_WRITES_PER_EVENT). */
const WRITES_PER_TURN = 1024 * 1024;
/** Limits of a client that has not authenticated. */
const QUERY_LIMIT_BEFORE_AUTH = 1024 * 1024;
const OUTPUT_LIMIT_BEFORE_AUTH = 64 * 1024;
/** How often a farewell reads before it closes. */
const FAREWELL_READS = 16;

/** Where every client's bytes arrive; what one client leaves over moves to its own QueryBuffer. */
const inbound = Buffer.allocUnsafeSlow(READ_SIZE);

export class Client extends Session implements Handler {
  readonly fd: number;
  readonly address: string;
  private readonly server: Server;
  private readonly query = new QueryBuffer();
  private readonly output = new OutputQueue();
  private watched = EPOLLIN;
  /** Since when the output is over its soft limit; 0 when it is not. */
  private overSoftLimitSince = 0;

  constructor(server: Server, fd: number, address: string) {
    super(server.core.nextSessionId(), server.core.database(0), Date.now());
    this.server = server;
    this.fd = fd;
    this.address = address;
  }

  get localAddress(): string {
    if (this.closed) return "";
    const local = formatAddress(getsockname(this.fd));
    return this.address.endsWith(":0") ? `${local}:0` : local;
  }

  get fdNumber(): number {
    return this.fd;
  }

  get queryBufferLength(): number {
    return this.query.length;
  }

  get queryBufferCapacity(): number {
    return this.query.buffer.length;
  }

  get pendingOutput(): number {
    return this.output.length;
  }

  ready(_fd: number, events: number): void {
    if (this.closed) return;
    try {
      if (events & EPOLLOUT) this.drain();
      // A hang-up or an error shows in what recv answers, after the last bytes of the peer.
      if (events & ~EPOLLOUT && !this.closed && !this.closeAfterReply) this.receive();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Memory that could not be had, or a fault of ours: it ends this connection, and no other. */
  private fail(error: unknown): void {
    this.server.log("warning", `Closing ${this.address}: ${(error as Error).stack ?? error}`);
    this.close();
  }

  private receive(): void {
    const { query } = this;
    if (query.length === 0) {
      const n = this.receiveInto(inbound, 0, READ_SIZE);
      if (n <= 0) return;
      const used = this.process(inbound, 0, n);
      if (used < n && !this.closed) query.append(inbound, used, n);
    } else {
      query.reserve(this.readSize());
      const n = this.receiveInto(query.buffer, query.end, query.free);
      if (n <= 0) return;
      query.end += n;
      this.processQuery();
    }
    this.limitQuery();
  }

  /** How much to make room for: a big value may come in big pieces, if it is coming at all. */
  private readSize(): number {
    const bulkLength = this.cut?.bulkLength ?? 0;
    if (bulkLength < READ_SIZE) return READ_SIZE / 4;
    return Math.min(bulkLength + 2 - this.query.length + READ_SIZE, this.query.length, BIG_READ);
  }

  /** Number of bytes received, or 0 when there is nothing to do with this client now. */
  private receiveInto(buffer: Buffer, offset: number, size: number): number {
    let n: number;
    try {
      n = recv(this.fd, buffer, size, 0, offset);
    } catch {
      // ECONNRESET and its like: the peer is gone, and there is nobody to tell.
      this.close();
      return 0;
    }
    if (n === 0) this.close();
    if (n <= 0) return 0;
    this.server.core.stats.bytesIn += n;
    this.server.core.stats.readEvents++;
    return n;
  }

  private processQuery(): void {
    const { query } = this;
    const used = this.process(query.buffer, query.start, query.end);
    query.consume(used);
  }

  /** Hands bytes to the core and sends what it answers, until it can't go on. */
  private process(buffer: Buffer, start: number, end: number): number {
    const { core } = this.server;
    let at = start;
    while (at < end && !this.closed && !this.closeAfterReply) {
      const used = core.feed(this, buffer, at, end);
      this.sendReply();
      if (used === at) break;
      at = used;
    }
    return at;
  }

  private limitQuery(): void {
    const limit = this.authenticated
      ? this.server.core.settings["client-query-buffer-limit"]
      : QUERY_LIMIT_BEFORE_AUTH;
    const queued = this.transaction?.size ?? 0;
    if (this.query.length + queued <= limit || this.closed) return;
    this.server.core.stats.queryBufferLimitDisconnections++;
    this.server.log("warning", `Closing ${this.address}: its query buffer exceeds ${limit} bytes`);
    this.close();
  }

  /** Sends the core's reply at once; only what the kernel does not take is kept. */
  private sendReply(): void {
    const { reply } = this.server.core;
    if (reply.value !== undefined) {
      this.sendGathered(reply, reply.value);
    } else if (reply.length > 0 && !this.closed) {
      const sent = this.output.isEmpty ? this.send(reply.buffer, 0, reply.length) : 0;
      if (sent < reply.length && !this.closed) this.keep(reply.buffer, sent, reply.length);
    }
    reply.clear();
    if (this.closeAfterReply && this.output.isEmpty) this.farewell();
  }

  /** A long value goes from where it is; what the kernel does not take of it is copied. */
  private sendGathered({ buffer, cut, length }: Reply, value: Buffer): void {
    if (this.closed) return;
    const parts = [buffer.subarray(0, cut), value, buffer.subarray(cut, length)];
    let sent = this.output.isEmpty ? this.sendVector(parts) : 0;
    if (sent === length + value.length || this.closed || this.exceedsOutputLimit()) return;
    for (const part of parts) {
      const taken = Math.min(sent, part.length);
      this.output.append(part.subarray(taken));
      sent -= taken;
    }
    this.watch(EPOLLOUT);
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    if (this.exceedsOutputLimit()) return;
    this.output.append(bytes.subarray(start, end));
    this.watch(EPOLLOUT);
  }

  push(bytes: Buffer, start: number, end: number): void {
    if (this.closed || this.exceedsOutputLimit()) return;
    if (this.output.isEmpty) this.server.flushLater(this);
    this.output.share(bytes, start, end);
  }

  resumeLater(): void {
    this.server.resumeLater(this);
  }

  /** Goes on with the requests that CLIENT PAUSE held back. */
  resume(): void {
    if (this.closed || this.query.length === 0) return;
    try {
      this.processQuery();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Sends what is queued, within this turn's share. */
  drain(): void {
    let share = WRITES_PER_TURN;
    const { output } = this;
    while (!output.isEmpty && share > 0 && !this.closed) {
      const { size } = output;
      const sent = this.send(output.block, output.start, size);
      output.consume(sent);
      share -= sent;
      if (sent < size) break;
    }
    if (this.closed) return;
    if (!this.output.isEmpty) this.watch(EPOLLOUT);
    else if (this.closeAfterReply) this.farewell();
    else this.watch(EPOLLIN);
  }

  private send(buffer: Buffer, start: number, size: number): number {
    try {
      return this.taken(send(this.fd, buffer, size, 0, start));
    } catch {
      return this.lost();
    }
  }

  private sendVector(parts: readonly Buffer[]): number {
    try {
      return this.taken(writev(this.fd, parts));
    } catch {
      return this.lost();
    }
  }

  /** How many bytes the kernel took. */
  private taken(n: number): number {
    if (n === -EAGAIN || n === -EINTR) return 0;
    this.server.core.stats.bytesOut += n;
    this.server.core.stats.writeEvents++;
    return n;
  }

  /** EPIPE, ECONNRESET: the peer is gone, and its replies with it. */
  private lost(): number {
    this.close();
    return 0;
  }

  /** EPOLLOUT is asked for only while something is left to write. */
  private watch(wanted: number): void {
    const reading = this.closeAfterReply ? 0 : EPOLLIN;
    const events = wanted === EPOLLOUT ? reading | EPOLLOUT : reading;
    if (events === this.watched) return;
    this.watched = events;
    this.server.loop.modify(this.fd, events);
  }

  /**
   * client-output-buffer-limit, applied to what is queued already: one reply may be larger than the
   * limit, the next one finds the client still not reading and closes it.
   */
  exceedsOutputLimit(): boolean {
    if (this.output.isEmpty) {
      this.overSoftLimitSince = 0;
      return false;
    }
    const { core } = this.server;
    const kind = isSubscriber(this) ? "pubsub" : "normal";
    const limits = core.settings["client-output-buffer-limit"][kind];
    const hard = this.authenticated ? limits.hard : OUTPUT_LIMIT_BEFORE_AUTH;
    if (!(hard > 0 && this.output.length > hard) && !this.exceedsSoftLimit(limits)) return false;
    core.stats.outputBufferLimitDisconnections++;
    this.server.log("warning", `Closing ${this.address}: it does not read its replies`);
    this.close();
    return true;
  }

  private exceedsSoftLimit(limits: { soft: number; softSeconds: number }): boolean {
    if (limits.soft === 0 || this.output.length <= limits.soft) {
      this.overSoftLimitSince = 0;
      return false;
    }
    const { now } = this.server.core.clock;
    if (this.overSoftLimitSince === 0) this.overSoftLimitSince = now;
    return now - this.overSoftLimitSince > limits.softSeconds * 1000;
  }

  /** Bytes left unread would turn close() into a reset, which may overtake the last reply. */
  private farewell(): void {
    if (this.closed) return;
    for (let i = 0; i < FAREWELL_READS && this.receiveInto(inbound, 0, READ_SIZE) > 0; i++);
    this.close();
  }

  /** No further requests; ends when the replies are sent. */
  finish(): void {
    if (this.closed) return;
    this.closeAfterReply = true;
    this.drain();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.server.closeLater(this);
  }

  /** The server calls this between two turns, when no event of this client is in the batch. */
  release(): void {
    this.server.loop.remove(this.fd);
    close(this.fd);
  }
}
