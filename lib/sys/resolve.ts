// Names of hosts, services and interfaces, and what they stand for. See getaddrinfo(3),
// nsswitch.conf(5), gai.conf(5), if_nametoindex(3).
//
// The C library does this, not the kernel: it reads files, asks servers over the network, and THE
// THREAD BLOCKS meanwhile, for many seconds if no server answers. The variants that end in Async
// ask on a thread of libuv's pool. A failure is thrown as a SyscallError, also one that is an
// answer elsewhere: its code is EAI_NONAME, EAI_AGAIN ..., and of an EAI_SYSTEM the errno's name.
import { IFNAMSIZ, NI_MAXHOST } from "../constants.ts";
import { SyscallError } from "../errno.ts";
import { type AddrinfoQuestion, type AddrinfoRow, calls } from "../native.ts";
import { pathBytes, pathText } from "../paths.ts";
import { type Address, decodeAddress, encodeAddress, formatAddress } from "../sockaddr.ts";

const utf8 = new TextDecoder();

/** `struct addrinfo` as a question: what is wanted. What is left out is 0: any. */
export interface AddrinfoHints {
  /** AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_ADDRCONFIG, AI_V4MAPPED ... */
  readonly flags?: number;
  /** AF_INET, AF_INET6, or AF_UNSPEC: both. */
  readonly family?: number;
  /** SOCK_STREAM, SOCK_DGRAM, SOCK_RAW; with 0 each address comes once for each of them. */
  readonly socktype?: number;
  readonly protocol?: number;
}

/** `struct addrinfo` as an answer: the arguments of socket(), and of connect() or bind(). */
export interface Addrinfo {
  readonly family: number;
  readonly socktype: number;
  readonly protocol: number;
  readonly address: Address | Uint8Array;
  /** With AI_CANONNAME, in the first of the list only. */
  readonly canonname?: string;
}

/** What an address is called: with NI_NUMERICHOST and NI_NUMERICSERV as digits. */
export interface Nameinfo {
  readonly host: string;
  readonly service: string;
}

/** An interface of the network. */
export interface InterfaceName {
  readonly index: number;
  readonly name: string;
}

/**
 * `int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct
 * addrinfo **res)`: the addresses of `node` ("localhost", "::1", "fe80::1%eth0", or null: this
 * machine) with the port of `service` ("http", "80", or null: 0), in the order in which they should
 * be tried. Without hints the C library takes AI_V4MAPPED and AI_ADDRCONFIG, with hints only what
 * they say; of a number for `service` it takes the low 16 bits. BLOCKS the thread. EAI_NONAME,
 * EAI_SERVICE, EAI_AGAIN (no server answered), EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS. See
 * getaddrinfo(3).
 */
export function getaddrinfo(
  node: string | Uint8Array | null,
  service: string | Uint8Array | null,
  hints: AddrinfoHints | null = null,
): Addrinfo[] {
  const list: AddrinfoRow[] = [];
  const result = calls.getaddrinfo(...question(node, service, hints), list);
  if (result < 0) throw new SyscallError("getaddrinfo", result, asked(node, service));
  return list.map(addrinfo);
}

/**
 * getaddrinfo() on a thread of libuv's pool: this thread does not block. At most UV_THREADPOOL_SIZE
 * (4 without it) are under way at once, and Node's file system shares these threads. It cannot be
 * given up: a worker that is terminated ends when the C library has answered.
 */
export function getaddrinfoAsync(
  node: string | Uint8Array | null,
  service: string | Uint8Array | null,
  hints: AddrinfoHints | null = null,
): Promise<Addrinfo[]> {
  return new Promise((resolve, reject) => {
    const fail = (result: number) =>
      reject(new SyscallError("getaddrinfo", result, asked(node, service)));
    const result = calls.getaddrinfoAsync(...question(node, service, hints), (answer, list) => {
      if (answer < 0) fail(answer);
      else resolve(list.map(addrinfo));
    });
    if (result < 0) fail(result);
  });
}

/**
 * `int getnameinfo(const struct sockaddr *addr, socklen_t addrlen, char *host, socklen_t hostlen,
 * char *serv, socklen_t servlen, int flags)`: what `address` is called. `flags` are NI_NUMERICHOST
 * (ask nobody), NI_NUMERICSERV, NI_NAMEREQD (no digits instead of a name), NI_DGRAM, NI_NOFQDN.
 * BLOCKS the thread unless both are numeric. EAI_NONAME, EAI_FAMILY, EAI_AGAIN, EAI_BADFLAGS. See
 * getnameinfo(3).
 */
export function getnameinfo(address: Address | Uint8Array, flags: number): Nameinfo {
  // The service of a unix address is its path, which is longer than NI_MAXSERV.
  const [host, service] = [new Uint8Array(NI_MAXHOST), new Uint8Array(NI_MAXHOST)];
  const result = calls.getnameinfo(encodeAddress(address), host, service, flags);
  if (result < 0) throw new SyscallError("getnameinfo", result, formatAddress(address));
  return { host: textOf(host), service: textOf(service) };
}

/** getnameinfo() on a thread of libuv's pool, as getaddrinfoAsync() is. */
export function getnameinfoAsync(address: Address | Uint8Array, flags: number): Promise<Nameinfo> {
  return new Promise((resolve, reject) => {
    const fail = (result: number) =>
      reject(new SyscallError("getnameinfo", result, formatAddress(address)));
    const result = calls.getnameinfoAsync(
      encodeAddress(address),
      flags,
      (answer, host, service) => {
        if (answer < 0) fail(answer);
        else resolve({ host: textOf(host), service: textOf(service) });
      },
    );
    if (result < 0) fail(result);
  });
}

/**
 * `unsigned int if_nametoindex(const char *ifname)`: the number of an interface, for the scopeId of
 * an address. ENODEV: there is none of this name. See if_nametoindex(3).
 */
export function if_nametoindex(name: string | Uint8Array): number {
  const result = calls.if_nametoindex(pathBytes(name));
  if (result < 0) throw new SyscallError("if_nametoindex", result, pathText(name));
  return result;
}

/**
 * `char *if_indextoname(unsigned int ifindex, char *ifname)`: the name of an interface. ENXIO:
 * there is none of this number. See if_indextoname(3).
 */
export function if_indextoname(ifindex: number): string {
  const name = new Uint8Array(IFNAMSIZ);
  const result = calls.if_indextoname(ifindex, name);
  if (result < 0) throw new SyscallError("if_indextoname", result, `interface ${ifindex}`);
  return textOf(name);
}

/** `struct if_nameindex *if_nameindex(void)`: every interface there is. See if_nameindex(3). */
export function if_nameindex(): InterfaceName[] {
  const list: { index: number; name: Uint8Array }[] = [];
  const result = calls.if_nameindex(list);
  if (result < 0) throw new SyscallError("if_nameindex", result);
  return list.map(({ index, name }) => ({ index, name: textOf(name) }));
}

function question(
  node: string | Uint8Array | null,
  service: string | Uint8Array | null,
  hints: AddrinfoHints | null,
): AddrinfoQuestion {
  const { flags = 0, family = 0, socktype = 0, protocol = 0 } = hints ?? {};
  return [
    nameBytes(node),
    nameBytes(service),
    hints === null ? null : flags,
    family,
    socktype,
    protocol,
  ];
}

function nameBytes(name: string | Uint8Array | null): Uint8Array | null {
  return name === null ? null : pathBytes(name);
}

/** `localhost`, `localhost http`, `http`, or nothing: for messages. */
function asked(
  node: string | Uint8Array | null,
  service: string | Uint8Array | null,
): string | undefined {
  const names = [node, service].filter((name) => name !== null).map(pathText);
  return names.length === 0 ? undefined : names.join(" ");
}

function addrinfo({ address, canonname, ...row }: AddrinfoRow): Addrinfo {
  const found = { ...row, address: decodeAddress(address) };
  return canonname === null ? found : { ...found, canonname: textOf(canonname) };
}

/** What stands before the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return utf8.decode(end === -1 ? bytes : bytes.subarray(0, end));
}
