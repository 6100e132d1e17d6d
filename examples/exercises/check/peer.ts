/**
 * A client that does what a check says: sends these bytes, wants to hear those, and complains in
 * plain words when they don't come. Strings are byte strings.
 *
 * Man pages: recv(2), send(2), shutdown(2), socket(7) on SO_LINGER */
import {
  type Address,
  close,
  connect,
  EAGAIN,
  MSG_DONTWAIT,
  POLLIN,
  POLLOUT,
  recv,
  SHUT_WR,
  SyscallError,
  send,
  setLinger,
  shutdown,
  socket,
} from "fdkit";
import { difference, Missing, show } from "./missing.ts";
import { waitFor } from "./wait.ts";

/** How long a solution may think before it answers. */
export const PATIENCE_MS = 2000;

const buffer = Buffer.alloc(65536);

export class Peer {
  readonly fd: number;
  private heard = "";
  private isOver = false;
  private isClosed = false;

  constructor(address: Address & { family: number }, type: number) {
    this.fd = socket(address.family, type, 0);
    try {
      connect(this.fd, address);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw new Missing(`connect failed: ${error.message}`);
    }
  }

  say(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    for (let sent = 0; sent < bytes.length || bytes.length === 0; ) {
      const n = this.attempt(() => send(this.fd, bytes, bytes.length - sent, MSG_DONTWAIT, sent));
      if (bytes.length === 0) return;
      if (n > 0) sent += n;
      else if (!waitFor(this.fd, POLLOUT, PATIENCE_MS)) {
        throw new Missing(`nobody reads: only ${sent} of ${bytes.length} bytes could be sent`);
      }
    }
  }

  /** Sends without waiting, until the kernels on the way are full; how many bytes it took. */
  fill(bytes: Buffer): number {
    let sent = 0;
    while (sent < bytes.length) {
      const n = this.attempt(() => send(this.fd, bytes, bytes.length - sent, MSG_DONTWAIT, sent));
      if (n > 0) sent += n;
      else if (!waitFor(this.fd, POLLOUT, 200)) break;
    }
    return sent;
  }

  /** The next bytes have to be these, in however many pieces they come. */
  hears(expected: string, ms = PATIENCE_MS): void {
    this.listen(() => this.heard.length >= expected.length, ms);
    const { heard } = this;
    if (heard.startsWith(expected)) {
      this.heard = heard.slice(expected.length);
      return;
    }
    const end = this.isOver ? ", then the connection ends" : "";
    const what = heard === "" ? `nothing comes${end}` : difference(expected, heard) + end;
    throw new Missing(`${show(expected)} should come; ${what}`);
  }

  /** After these bytes the connection has to end. */
  hearsLast(expected: string, ms = PATIENCE_MS): void {
    this.hears(expected, ms);
    this.listen(() => false, ms);
    if (this.heard !== "") throw new Missing(`more comes than should: ${show(this.heard)}`);
    if (!this.isOver) throw new Missing("the connection should end here, and stays open");
  }

  hearsNothing(ms: number): void {
    this.listen(() => this.heard !== "", ms);
    if (this.heard !== "") throw new Missing(`nothing should come yet; ${show(this.heard)} comes`);
    if (this.isOver) throw new Missing("the connection should stay open, and ends");
  }

  /** The next datagram has to be this. */
  receives(expected: string): void {
    if (!waitFor(this.fd, POLLIN, PATIENCE_MS)) throw new Missing("no answer comes");
    const n = this.attempt(() => recv(this.fd, buffer, buffer.length, MSG_DONTWAIT));
    const answer = buffer.toString("latin1", 0, Math.max(n, 0));
    if (answer === expected) return;
    throw new Missing(`${show(expected)} should come; ${difference(expected, answer)}`);
  }

  /** Says that nothing more will be said; the answers may still come. */
  finish(): void {
    shutdown(this.fd, SHUT_WR);
  }

  close(): void {
    if (!this.isClosed) close(this.fd);
    this.isClosed = true;
  }

  /** Breaks off: the server is told by RST, and not by FIN. */
  reset(): void {
    setLinger(this.fd, 0);
    this.close();
  }

  private listen(isEnough: () => boolean, ms: number): void {
    const deadline = performance.now() + ms;
    while (!this.isOver && !isEnough()) {
      if (!waitFor(this.fd, POLLIN, Math.max(0, deadline - performance.now()))) return;
      const n = this.attempt(() => recv(this.fd, buffer, buffer.length, MSG_DONTWAIT));
      if (n > 0) this.heard += buffer.toString("latin1", 0, n);
      else if (n !== -EAGAIN) this.isOver = true;
    }
  }

  private attempt(call: () => number): number {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      const { code } = error;
      if (code === "ECONNRESET" || code === "EPIPE") {
        throw new Missing(`the server broke the connection off (${code}): did it end?`);
      }
      throw new Missing(error.message);
    }
  }
}
