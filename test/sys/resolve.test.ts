/**
 * Names and addresses, without a network: digits, /etc/hosts, interfaces, and a name server of our
 * own in a network namespace.
 */

import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorName } from "node:util";
import t, { type Test } from "tap";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AI_CANONNAME,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
  EAGAIN,
  EMFILE,
  IPPROTO_TCP,
  IPPROTO_UDP,
  NI_DGRAM,
  NI_NAMEREQD,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { errnoText } from "../../lib/errno.ts";
import { injectFaults } from "../../lib/inspect/fault.ts";
import { errnos } from "../../lib/native.ts";
import type { Inet6Address, InetAddress } from "../../lib/sockaddr.ts";
import { close } from "../../lib/sys/file.ts";
import {
  type Addrinfo,
  type AddrinfoHints,
  getaddrinfo,
  getaddrinfoAsync,
  getnameinfo,
  getnameinfoAsync,
  if_indextoname,
  if_nameindex,
  if_nametoindex,
} from "../../lib/sys/resolve.ts";
import { bind, getsockname, socket } from "../../lib/sys/socket.ts";
import { failsWith } from "../helpers/errors.ts";
import { leavesNoFd } from "../helpers/fds.ts";
import { run } from "../helpers/run.ts";
import { startWorker } from "../helpers/workers.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const addon = process.env.FDKIT_NATIVE ?? join(ROOT, "build/Release/fdkit.node");
const DIGITS = NI_NUMERICHOST | NI_NUMERICSERV;
const inet = (address: string, port: number): InetAddress => ({ family: AF_INET, address, port });
const inet6 = (address: string, port: number, scopeId = 0): Inet6Address => {
  return { family: AF_INET6, address, port, scopeId, flowInfo: 0 };
};
/** For one answer only. */
const LOCALHOST: AddrinfoHints = { family: AF_INET, socktype: SOCK_STREAM };

const library = (name: string) => JSON.stringify(join(ROOT, `dist/lib/${name}.js`));
const NODE = [process.execPath, "--input-type=module", "-e"];
/** The number of a failure of the resolver. */
const eai = (code: string) => errnos.find(({ name }) => name === code)?.errno ?? Number.NaN;

/** Fails with a code of the resolver's, which is no errno of the kernel's. */
function refuses(t: Test, code: string, subject: string, ask: () => unknown): void {
  const syscall = subject.startsWith("sockaddr") ? "getnameinfo" : "getaddrinfo";
  const message = `${syscall}: ${code} (${errnoText(eai(code))}) ${subject}`.trimEnd();
  t.throws(ask, { name: "SyscallError", message, code, errno: -eai(code), syscall });
}

t.test("digits become addresses, once for each type of socket", async (t) => {
  const flags = AI_NUMERICHOST | AI_NUMERICSERV;
  const address = inet("192.0.2.7", 6379);
  t.strictSame(getaddrinfo("192.0.2.7", "6379", { flags }), [
    { family: AF_INET, socktype: SOCK_STREAM, protocol: IPPROTO_TCP, address },
    { family: AF_INET, socktype: SOCK_DGRAM, protocol: IPPROTO_UDP, address },
    { family: AF_INET, socktype: SOCK_RAW, protocol: 0, address },
  ]);
  const udp = getaddrinfo("2001:db8::1", "53", { flags, socktype: SOCK_DGRAM });
  const address6 = inet6("2001:db8::1", 53);
  const row = { family: AF_INET6, socktype: SOCK_DGRAM, protocol: IPPROTO_UDP };
  t.strictSame(udp, [{ ...row, address: address6 }]);
  t.strictSame(getaddrinfo("2001:db8::1", "53", { flags, protocol: IPPROTO_UDP }), udp);
  t.strictSame(getaddrinfo(Buffer.from("2001:db8::1"), Buffer.from("53"), udp[0]), udp);
  t.strictSame(
    getaddrinfo("192.0.2.7", null, { ...row, flags: AI_V4MAPPED })[0]?.address,
    inet6("::ffff:192.0.2.7", 0),
  );
});

t.test("localhost is in /etc/hosts, and services are in /etc/services", async (t) => {
  const [found, ...others] = getaddrinfo("localhost", "http", {
    ...LOCALHOST,
    flags: AI_CANONNAME,
  });
  const expected = { family: AF_INET, socktype: SOCK_STREAM, protocol: IPPROTO_TCP };
  t.match(found, { ...expected, address: inet("127.0.0.1", 80), canonname: String });
  t.ok(
    others.every(({ canonname }) => canonname === undefined),
    "only the first has its name",
  );
  const addresses = getaddrinfo("localhost", "80").map(({ address }) => address as InetAddress);
  t.ok(addresses.some(({ address, port }) => address === "127.0.0.1" && port === 80));
});

t.test("no host is every address to listen on, or the loopback to connect to", async (t) => {
  const hosts = (flags: number) =>
    getaddrinfo(null, "80", { flags, socktype: SOCK_STREAM })
      .map(({ address }) => (address as InetAddress).address)
      .sort();
  t.strictSame(hosts(AI_PASSIVE), ["0.0.0.0", "::"]);
  t.strictSame(hosts(0), ["127.0.0.1", "::1"]);
});

/** The first answer, which there must be. */
function first(node: string, service: string | null, hints: AddrinfoHints): Addrinfo {
  const [found] = getaddrinfo(node, service, hints);
  if (found === undefined) throw new Error(`${node} has no address`);
  return found;
}

t.test("an answer is what socket() and bind() want", async (t) => {
  const { family, socktype, protocol, address } = first("localhost", null, LOCALHOST);
  const fd = socket(family, socktype, protocol);
  t.equal(bind(fd, address), 0);
  t.match(getsockname(fd), { family: AF_INET, address: "127.0.0.1" });
  close(fd);
});

t.test("the interface of a link-local address is kept, there and back", async (t) => {
  const lo = if_nametoindex("lo");
  for (const zone of ["lo", `${lo}`]) {
    const { address } = first(`fe80::1%${zone}`, "53", { socktype: SOCK_DGRAM });
    t.strictSame(address, inet6("fe80::1", 53, lo));
    t.strictSame(getnameinfo(address, DIGITS), { host: "fe80::1%lo", service: "53" });
  }
  refuses(t, "EAI_NONAME", "fe80::1%nosuch", () =>
    getaddrinfo("fe80::1%nosuch", null, { flags: AI_NUMERICHOST }),
  );
});

t.test("failures have the resolver's names", async (t) => {
  const flags = AI_NUMERICHOST;
  const digits = "192.0.2.7";
  const failures: [string, string, string | null, string | null, AddrinfoHints | null][] = [
    ["EAI_NONAME", "localhost", "localhost", null, { flags }],
    ["EAI_NONAME", "", "", null, { flags }],
    ["EAI_NONAME", "", null, null, null],
    ["EAI_NONAME", `${digits} http`, digits, "http", { flags: AI_NUMERICSERV }],
    ["EAI_SERVICE", `${digits} no-such`, digits, "no-such", { socktype: SOCK_STREAM }],
    ["EAI_SERVICE", `${digits} 80`, digits, "80", { socktype: SOCK_RAW, protocol: 1 }],
    ["EAI_FAMILY", digits, digits, null, { family: AF_UNIX }],
    ["EAI_ADDRFAMILY", digits, digits, null, { family: AF_INET6, flags }],
    ["EAI_SOCKTYPE", digits, digits, null, { socktype: 77 }],
    ["EAI_BADFLAGS", digits, digits, null, { flags: 0x4000000 }],
    ["EAI_BADFLAGS", "80", null, "80", { flags: AI_CANONNAME }],
  ];
  for (const [code, subject, node, service, hints] of failures) {
    refuses(t, code, subject, () => getaddrinfo(node, service, hints));
    await t.rejects(getaddrinfoAsync(node, service, hints), { code, syscall: "getaddrinfo" });
  }
  for (const { errno, name, text } of errnos.filter(({ name }) => name.startsWith("EAI_"))) {
    t.ok(errno > 2999 && text !== "Unknown error", `${name} ${text}`);
    if (name !== "EAI_IDN_ENCODE") t.equal(getSystemErrorName(-errno), name, "Node's number");
  }
});

t.test("EAI_SYSTEM is the errno behind it, and no answer is returned", async (t) => {
  for (const [error, code] of [
    [EMFILE, "EMFILE"],
    [EAGAIN, "EAGAIN"],
    [eai("EAI_AGAIN"), "EAI_AGAIN"],
  ] as const) {
    const injection = injectFaults({ calls: ["getaddrinfo", "getaddrinfoAsync"], error });
    t.throws(() => getaddrinfo("localhost", null), { code, errno: -error });
    await t.rejects(getaddrinfoAsync("localhost", null), { code, errno: -error });
    injection.stop();
  }
});

t.test("addresses become names, or digits", async (t) => {
  const http = inet("127.0.0.1", 80);
  t.strictSame(getnameinfo(http, DIGITS), { host: "127.0.0.1", service: "80" });
  t.equal(getnameinfo(http, NI_NUMERICHOST).service, "http");
  t.match(readFileSync("/etc/hosts", "utf8"), getnameinfo(http, NI_NUMERICSERV).host);
  const ports = [0, NI_DGRAM].map((f) => getnameinfo(inet("127.0.0.1", 512), NI_NUMERICHOST | f));
  t.strictSame(
    ports.map(({ service }) => service),
    ["exec", "biff"],
    "of TCP, and of UDP",
  );
  const unix = { family: AF_UNIX, path: `/${"x".repeat(106)}` };
  t.equal(getnameinfo(unix, NI_NUMERICHOST).service, unix.path, "as long as a path can be");
  t.strictSame(await getnameinfoAsync(http, DIGITS), { host: "127.0.0.1", service: "80" });
});

t.test("getnameinfo refuses what has no name, and reads no byte behind an address", async (t) => {
  refuses(t, "EAI_FAMILY", "sockaddr of 0 bytes", () => getnameinfo(new Uint8Array(0), 0));
  refuses(t, "EAI_FAMILY", "sockaddr of 16 bytes", () => getnameinfo(new Uint8Array(16), 0));
  const cut = Buffer.from([AF_INET, 0, 0]);
  refuses(t, "EAI_FAMILY", "sockaddr of 3 bytes", () => getnameinfo(cut, 0));
  const endless = new Uint8Array(4096).fill(120);
  endless.set([AF_UNIX, 0]);
  t.equal(getnameinfo(endless, NI_NUMERICHOST).service.length, 126, "cut, and ended");
  const bad = { code: "EAI_BADFLAGS" };
  t.throws(() => getnameinfo(inet("127.0.0.1", 80), 0x40000000), bad);
  await t.rejects(getnameinfoAsync(inet("127.0.0.1", 80), 0x40000000), bad);
  await t.rejects(getnameinfoAsync(new Uint8Array(1), 0), { code: "EAI_FAMILY" });
  const nameless = { code: "EAI_NONAME" };
  t.throws(() => getnameinfo(inet("127.0.0.1", 80), NI_NUMERICHOST | NI_NAMEREQD), nameless);
});

t.test("interfaces have numbers and names", async (t) => {
  const interfaces = if_nameindex();
  t.ok(Object.keys(networkInterfaces()).every((name) => interfaces.some((i) => i.name === name)));
  for (const { index, name } of interfaces) {
    t.equal(if_nametoindex(name), index);
    t.equal(if_nametoindex(Buffer.from(name)), index);
    t.equal(if_indextoname(index), name);
  }
  failsWith(t, "ENODEV", "no-such", () => if_nametoindex("no-such"));
  failsWith(t, "ENODEV", "x".repeat(100), () => if_nametoindex("x".repeat(100)));
  failsWith(t, "ENXIO", "interface 0", () => if_indextoname(0));
  failsWith(t, "ENXIO", "interface 4294967295", () => if_indextoname(2 ** 32 - 1));
});

t.test("bad arguments are refused, and nobody is asked", async (t) => {
  const ask = getaddrinfo as (...args: unknown[]) => unknown;
  const askAsync = getaddrinfoAsync as (...args: unknown[]) => Promise<unknown>;
  const wrong: [RegExp, unknown[]][] = [
    [/node must be a Uint8Array, not 3/, [3, null]],
    [/service must be a Uint8Array, not undefined/, ["localhost"]],
    [/node must have no NUL in it/, ["local\0host", null]],
    [/service must have no NUL in it/, [null, Buffer.from("80\0")]],
    [/node must have at most 1024 bytes, not 1025/, ["x".repeat(1025), null]],
    [/service must have at most 31 bytes, not 32/, [null, "x".repeat(32)]],
    [/flags must be an integer .*, not NaN/, [null, "80", { flags: Number.NaN }]],
    [/family must be an integer .*, not "inet"/, [null, "80", { family: "inet" }]],
    [/socktype must be an integer .*, not 1.5/, [null, "80", { socktype: 1.5 }]],
    [/protocol must be an integer .*, not 4294967296/, [null, "80", { protocol: 2 ** 32 }]],
  ];
  for (const [message, args] of wrong) {
    t.throws(() => ask(...args), { code: /^ERR_/, message });
    await t.rejects(askAsync(...args), { code: /^ERR_/, message });
  }
  refuses(t, "EAI_NONAME", "x".repeat(1024), () => {
    return getaddrinfo("x".repeat(1024), null, { flags: AI_NUMERICHOST });
  });
  for (const flags of ["0", 0.5, 2 ** 32, null] as number[]) {
    t.throws(() => getnameinfo(inet("::1", 80), 0), RangeError, "no IPv4 address");
    t.throws(() => getnameinfo(inet("127.0.0.1", 80), flags), { code: /^ERR_/ });
    t.throws(() => if_indextoname(flags), { code: /^ERR_/ });
    await t.rejects(getnameinfoAsync(inet("127.0.0.1", 80), flags), { code: /^ERR_/ });
  }
  t.throws(() => if_nametoindex("lo\0"), {
    message: "if_nametoindex: name must have no NUL in it",
  });
  t.throws(() => if_nametoindex(1 as never), TypeError);
});

t.test("many questions at once are all answered, from copies of what was asked", async (t) => {
  const node = Buffer.from("192.0.2.1");
  const asked = Array.from({ length: 200 }, (_, i) => {
    node.write(`${i % 10}`, 8);
    return getaddrinfoAsync(node, `${i + 1}`, { ...LOCALHOST, flags: AI_NUMERICHOST });
  });
  node.fill(0);
  const found = (await Promise.all(asked)).map(([row]) => row?.address);
  t.strictSame(
    found,
    found.map((_, i) => inet(`192.0.2.${i % 10}`, i + 1)),
  );
});

t.test("what the caller's function throws is an uncaught exception", async (t) => {
  const program = `
    import { calls } from ${library("native")};
    process.on("uncaughtException", (error) => console.log(error.message));
    const address = Uint8Array.from([2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    calls.getnameinfoAsync(address, 1, () => { throw new Error("mine"); });`;
  const { ending, output } = await run(t, [...NODE, program]);
  t.strictSame([ending, output], [[0, null], "mine\n"]);
});

t.test("a worker may end with questions under way, and a process too", async (t) => {
  const ask = `
    const address = Uint8Array.from([2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    const name = Buffer.from("localhost");
    for (let i = 0; i < 100; i++) {
      calls.getaddrinfoAsync(name, null, 0, 0, 0, 0, () => {});
      calls.getnameinfoAsync(address, 0, () => {});
    }`;
  for (let round = 0; round < 5; round++) {
    const [worker] = await startWorker(`${ask} post("asked");`);
    t.equal(await worker.terminate(), 1);
  }
  const exiting = `import { calls } from ${library("native")}; ${ask} process.exit(7);`;
  const { ending, errors } = await run(t, [...NODE, exiting]);
  t.strictSame([ending, errors], [[7, null], ""]);
});

/** A name server on the thread that asks; in a worker and at the end, one that never answers. */
const NAME_SERVER = `
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Worker, isMainThread } from "node:worker_threads";
import * as f from ${library("index")};

const server = createSocket("udp4").bind(53, "127.0.0.1");
await once(server, "listening");
const answers = (query, from) => {
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const head = Buffer.from([...query.subarray(0, 2), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
  server.send(Buffer.concat([head, question, record]), from.port, from.address);
};
server.on("message", answers);
const hints = { family: f.AF_INET, socktype: f.SOCK_STREAM };
const [{ address }] = await f.getaddrinfoAsync("fdkit.example", "80", hints);
console.log(address.address, address.port);
try {
  f.getaddrinfo("fdkit.example", "80", hints);
} catch (error) {
  console.log(error.message);
}
server.off("message", answers);
const asking = \`
  const { calls } = require(process.argv[2]);
  calls.getaddrinfoAsync(Buffer.from("fdkit.example"), null, 0, 2, 1, 0, () => {});
  require("node:worker_threads").parentPort.postMessage("asked");\`;
const worker = new Worker(asking, { eval: true, execArgv: [], argv: [process.env.FDKIT_ADDON] });
await once(worker, "message");
console.log(await worker.terminate());
void f.getaddrinfoAsync("fdkit.example", "80", hints);
await once(server, "message");
process.exit(3);
`;

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? {} : { skip: "it needs root, for namespaces of its own" };
t.test("a server is asked off this thread, and waited for when all ends", skip, async (t) => {
  const folder = t.testdir({
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    "nsswitch.conf": "hosts: files dns\nservices: files\n",
  });
  const setUp = `ip link set lo up && for f in resolv.conf nsswitch.conf; do
    mount --bind ${folder}/$f /etc/$f || exit; done; exec "$0" "$@"`;
  const namespaces = ["unshare", "--net", "--mount", "sh", "-c", setUp];
  const program = [...namespaces, "env", `FDKIT_ADDON=${addon}`, ...NODE, NAME_SERVER];
  const { ending, output, errors } = await run(t, program);
  t.strictSame(output.split("\n"), [
    "192.0.2.7 80",
    `getaddrinfo: EAI_AGAIN (${errnoText(eai("EAI_AGAIN"))}) fdkit.example 80`,
    "1",
    "",
  ]);
  t.strictSame([ending, errors], [[3, null], ""]);
});

leavesNoFd(t);
