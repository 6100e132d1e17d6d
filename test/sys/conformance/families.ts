// The columns of the matrix: every family of sockets that one test body is run with.
//
// A family makes its own sockets, names and connections; all that a test got from one is closed
// when the test ends, or before by closeNow(). Titles begin with the family's name, so that what
// ran can be counted per family. See ip(7), ipv6(7), unix(7).
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, release, tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "../../../lib/constants.ts";
import { setNonBlocking } from "../../../lib/net.ts";
import type { Address } from "../../../lib/sockaddr.ts";
import { accept4, bind, connect, getsockname, listen, socket } from "../../../lib/sys/socket.ts";
import { closing } from "../../helpers/fds.ts";

/** One column: a domain, a type, and a kind of name. */
export class Family {
  readonly name: string;
  readonly domain: number;
  readonly type: number;
  /** A new address to bind to, which nobody has: port 0, a path, an abstract name. */
  readonly address: () => Address;

  constructor(name: string, domain: number, type: number, address: () => Address) {
    this.name = name;
    this.domain = domain;
    this.type = type;
    this.address = address;
  }

  get isUnix(): boolean {
    return this.domain === AF_UNIX;
  }

  get isTcp(): boolean {
    return !this.isUnix && this.type === SOCK_STREAM;
  }

  get isUdp(): boolean {
    return !this.isUnix && this.type === SOCK_DGRAM;
  }

  /** A stream of bytes; every other type keeps the boundaries of its messages. */
  get isStream(): boolean {
    return this.type === SOCK_STREAM;
  }

  /** listen() and accept() make connections; a datagram socket has at most a fixed peer. */
  get isConnectionOriented(): boolean {
    return this.type !== SOCK_DGRAM;
  }

  /** A fresh socket. `flags` are SOCK_NONBLOCK; SOCK_CLOEXEC is always there. */
  socket(t: Test, flags = 0): number {
    return closing(t, socket(this.domain, this.type | SOCK_CLOEXEC | flags, 0))[0];
  }

  /** A socket that is bound to an address of its own. */
  bound(t: Test, flags = 0): number {
    const fd = this.socket(t, flags);
    bind(fd, this.address());
    return fd;
  }

  /** A socket that listens; for connection-oriented families only. */
  listener(t: Test, backlog = 8, flags = 0): number {
    const listenfd = this.bound(t, flags);
    listen(listenfd, backlog);
    return listenfd;
  }

  /**
   * A connected pair. Of datagram sockets: each is bound, and has the other as its peer. `flags`
   * are for both ends.
   */
  connected(t: Test, flags = 0): [client: number, server: number] {
    if (!this.isConnectionOriented) return this.#peers(t, flags);
    const listenfd = this.listener(t);
    return this.meet(t, listenfd, flags);
  }

  /** A connection through a listener that the test has. */
  meet(t: Test, listenfd: number, flags = 0): [client: number, server: number] {
    const clientfd = this.socket(t);
    connect(clientfd, getsockname(listenfd));
    const [serverfd] = closing(t, accept4(listenfd, null, SOCK_CLOEXEC | flags));
    if (flags !== 0) setNonBlocking(clientfd);
    return [clientfd, serverfd];
  }

  #peers(t: Test, flags: number): [number, number] {
    const [a, b] = [this.bound(t, flags), this.bound(t, flags)];
    connect(a, getsockname(b));
    connect(b, getsockname(a));
    return [a, b];
  }
}

const utf8 = new TextEncoder();
let names = 0;
const folder = mkdtempSync(join(tmpdir(), "fdkit-conformance-"));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A path that nobody has, in a folder that goes when the test file ends. */
export function freshPath(): string {
  return join(folder, `${names++}`);
}

const inet = (): Address => ({ family: AF_INET, address: "127.0.0.1", port: 0 });
const inet6 = (): Address => ({ family: AF_INET6, address: "::1", port: 0 });
const path = (): Address => ({ family: AF_UNIX, path: freshPath() });
const abstract = (): Address => ({ family: AF_UNIX, abstract: utf8.encode(freshPath()) });

export const tcp4 = new Family("tcp4", AF_INET, SOCK_STREAM, inet);
export const tcp6 = new Family("tcp6", AF_INET6, SOCK_STREAM, inet6);
export const udp4 = new Family("udp4", AF_INET, SOCK_DGRAM, inet);
export const udp6 = new Family("udp6", AF_INET6, SOCK_DGRAM, inet6);
export const unixStream = new Family("unix stream", AF_UNIX, SOCK_STREAM, path);
export const unixDgram = new Family("unix dgram", AF_UNIX, SOCK_DGRAM, path);
export const unixSeqpacket = new Family("unix seqpacket", AF_UNIX, SOCK_SEQPACKET, path);
export const abstractStream = new Family("abstract stream", AF_UNIX, SOCK_STREAM, abstract);
export const abstractDgram = new Family("abstract dgram", AF_UNIX, SOCK_DGRAM, abstract);
export const abstractSeqpacket = new Family(
  "abstract seqpacket",
  AF_UNIX,
  SOCK_SEQPACKET,
  abstract,
);

/** Every family, the abstract names among them. */
export const families: readonly Family[] = [
  tcp4,
  tcp6,
  udp4,
  udp6,
  unixStream,
  unixDgram,
  unixSeqpacket,
  abstractStream,
  abstractDgram,
  abstractSeqpacket,
];

const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const hasIpv6 = interfaces.some(({ address }) => address === "::1");

const [major, minor] = release().split(".").map(Number);

/** Whether this Linux is of that version or a later one. */
export function isKernelSince(wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * Runs one body as a test of each family: `tcp4: TITLE`, `udp6: TITLE`, and so on. `skip` says what
 * is needed and not there, or is false.
 */
export function each(
  of: readonly Family[],
  title: string,
  body: (t: Test, family: Family) => void | Promise<void>,
  skip: string | false = false,
): void {
  for (const family of of) {
    const lacks = family.domain === AF_INET6 && !hasIpv6 ? "this machine has no ::1" : skip;
    t.test(`${family.name}: ${title}`, { skip: lacks }, async (t) => body(t, family));
  }
}
