// Addresses to bytes and back. The C library is the referee for the text of internet addresses,
// asked through python3, and the kernel for the bytes of every family.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import {
  AF_ALG,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  AF_VSOCK,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "../lib/constants.ts";
import {
  type Address,
  decodeAddress,
  encodeAddress,
  formatAddress,
  inetNtop,
  inetPton,
  SockaddrStorage,
} from "../lib/sockaddr.ts";
import { close } from "../lib/sys/file.ts";
import { bind, getsockname, socket } from "../lib/sys/socket.ts";
import { leavesNoFd } from "./helpers/fds.ts";

const hex = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? "no" : Buffer.from(bytes).toString("hex");

/** The same numbers at every run: a failure can be looked at again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

const IPV4_TEXTS = `
  0.0.0.0 127.0.0.1 255.255.255.255 1.2.3.4 010.1 010.0.0.1 1.2.3 1.2.3.4.5 256.1.1.1 1.2.3.256
  00.0.0.0 0.0.0.00 01.2.3.4 1.2.3.04 0x7f.0.0.1 1..2.3 .1.2.3 1.2.3. 1.2.3.4. -1.2.3.4 +1.2.3.4
  1.2.3.4a a 1 16909060 1e1.0.0.0 1.2.3.1000 999999999999999999999.0.0.1 ::1 1,2,3,4`;
const IPV6_TEXTS = `
  :: ::1 1:: 1::8 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8
  1:2:3:4::5:6:7:8 1::3:4:5:6:7:8 ::: 1::2::3 :1 1: :1:2:3:4:5:6:7 1:2:3:4:5:6:7: ::ffff:1.2.3.4
  ::1.2.3.4 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:7:1.2.3.4 1::1.2.3.4 ::1.2.3 ::1.2.3.4:5 1.2.3.4::
  ::1.2.3.4:: 1.2.3.4::1 ::01.2.3.4 ::1.2.3.256 ::12345 ::00001 ::0001 ::g ::G ::ABCD ::AbCd
  fe80::1%eth0 fe80::1%2 %1 [::1] ::1/128 1.2.3.4 ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255
  ::-1 ::+1 ::0x1 ::1:0:0:0:0:0:1 1:2:3:4:5:6::1.2.3.4 1:2:3:4:5::1.2.3.4 0:0:0:0:0:0:0:0 :: :
  ::ffff ::ffff:0 ::ffff:0:0 ::1:0:0 1:: ::1.2.3.4.5 ::1.2.3.4a ::a1.2.3.4`;
const SPACES = ["", " ", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "::1\n", " ::1", "::1 ", "1. 2.3.4"];

/** Texts that are nearly addresses, and addresses with many zeros. */
function candidates(random: (below: number) => number): { texts: string[]; bytes: string[] } {
  const texts = [...`${IPV4_TEXTS} ${IPV6_TEXTS}`.trim().split(/\s+/), ...SPACES];
  const pieces = ["0", "1", "9", "25", "255", "f", "ffff", ":", ":", "::", ".", ".", "0.0", "00"];
  const groups = ["0", "0", "0", "1", "ffff", "abc"];
  const pick = (from: string[]) => from[random(from.length)];
  for (let i = 0; i < 4000; i++) {
    const separator = pick([".", ":", ":", ""]);
    const parts = Array.from({ length: 1 + random(9) }, () => pick(separator ? groups : pieces));
    if (separator === ":" && random(3) === 0) parts.splice(random(parts.length), 1, "");
    if (separator === ":" && random(4) === 0) parts.push("1.2.3.4");
    texts.push(parts.join(separator));
  }
  const bytes = Array.from({ length: 2000 }, () =>
    Array.from({ length: 8 }, () => pick(["0000", "0000", "0001", "ffff", "0a0b"])).join(""),
  );
  return { texts, bytes };
}

const REFEREE = `
import json, socket, sys
asked = json.load(sys.stdin)
def pton(family, text):
  try: return socket.inet_pton(family, text).hex()
  except OSError: return "no"
both = (socket.AF_INET, socket.AF_INET6)
json.dump({"pton": [[pton(family, text) for family in both] for text in asked["texts"]],
  "ntop4": [socket.inet_ntop(socket.AF_INET, bytes.fromhex(b[:8])) for b in asked["bytes"]],
  "ntop6": [socket.inet_ntop(socket.AF_INET6, bytes.fromhex(b)) for b in asked["bytes"]]},
  sys.stdout)
`;

import { SIZEOF_SOCKADDR_STORAGE } from "../lib/structs.ts";

const hasReferee = spawnSync("python3", ["--version"]).status === 0;
const skip = hasReferee ? false : "python3, which asks the C library, is not here";

t.test("inetPton and inetNtop agree with the C library", { skip }, async (t) => {
  const asked = candidates(randomNumbers(42));
  const referee = spawnSync("python3", ["-c", REFEREE], { input: JSON.stringify(asked) });
  const said = JSON.parse(referee.stdout.toString());
  const pton = asked.texts.map((text) => [
    hex(inetPton(AF_INET, text)),
    hex(inetPton(AF_INET6, text)),
  ]);
  const wrong = asked.texts.filter((_, i) => String(pton[i]) !== String(said.pton[i]));
  t.strictSame(wrong, [], "inetPton");
  t.ok(pton.filter(([, six]) => six !== "no").length > 200, "many were addresses");
  const bytes = asked.bytes.map((text) => Buffer.from(text, "hex"));
  t.strictSame(
    bytes.map((b) => inetNtop(AF_INET, b.subarray(0, 4))),
    said.ntop4,
    "inetNtop, IPv4",
  );
  t.strictSame(
    bytes.map((b) => inetNtop(AF_INET6, b)),
    said.ntop6,
    "inetNtop, IPv6",
  );
});

t.test("without a referee: what is an address, and how it is printed", async (t) => {
  for (const text of ["010.1", "1.2.3", "256.1.1.1", "01.2.3.4", "", " 1.2.3.4", "1.2.3.4\n"]) {
    t.equal(inetPton(AF_INET, text), undefined, JSON.stringify(text));
  }
  for (const text of [
    "",
    ":",
    ":::",
    "1::2::3",
    "fe80::1%1",
    "::1.2.3.4:5",
    "::01.2.3.4",
    "::12345",
  ]) {
    t.equal(inetPton(AF_INET6, text), undefined, JSON.stringify(text));
  }
  const shortest = "::1 :: 1:: ::ffff:1.2.3.4 ::1.2.3.4 1:0:0:2::3 1::2:0:0:3:4 1:0:2:3:4:5:6:7";
  for (const text of shortest.split(" ")) {
    t.equal(inetNtop(AF_INET6, inetPton(AF_INET6, text) as Uint8Array), text);
  }
  t.throws(() => inetPton(AF_UNIX, "x"), TypeError);
  t.throws(() => inetPton(AF_INET, 1 as never), TypeError);
  t.throws(() => inetNtop(AF_UNIX, new Uint8Array(4)), TypeError);
  t.throws(() => inetNtop(AF_INET, new Uint8Array(16)), RangeError);
  t.throws(() => inetNtop(AF_INET6, new Uint8Array(4)), RangeError);
});

t.test("an IPv4 address is 16 bytes, port and address in network byte order", async (t) => {
  const bytes = encodeAddress({ family: AF_INET, address: "10.1.2.3", port: 0x1234 });
  const family = endianness() === "LE" ? "0200" : "0002";
  t.equal(hex(bytes), `${family}12340a0102030000000000000000`);
  t.strictSame(decodeAddress(bytes), { family: AF_INET, address: "10.1.2.3", port: 0x1234 });
});

t.test("an IPv6 address keeps its scope and flow", async (t) => {
  const address = {
    family: AF_INET6,
    address: "fe80::1",
    port: 443,
    scopeId: 7,
    flowInfo: 0xabcde,
  };
  const bytes = encodeAddress(address);
  const [family, scope] = endianness() === "LE" ? ["0a00", "07000000"] : ["000a", "00000007"];
  t.equal(hex(bytes), `${family}01bb000abcdefe800000000000000000000000000001${scope}`);
  t.strictSame(decodeAddress(bytes), address);
  const plain = encodeAddress({ family: AF_INET6, address: "::1", port: 0xffff });
  t.strictSame(decodeAddress(plain), {
    ...{ family: AF_INET6, address: "::1", port: 0xffff, scopeId: 0, flowInfo: 0 },
  });
});

t.test("a unix address is as long as its name", async (t) => {
  const path = encodeAddress({ family: AF_UNIX, path: "/é" });
  t.equal(hex(path.subarray(2)), "2fc3a900");
  t.strictSame(decodeAddress(path), { family: AF_UNIX, path: "/é" });
  const abstract = encodeAddress({ family: AF_UNIX, abstract: Buffer.from("a\0b") });
  t.equal(hex(abstract.subarray(2)), "00610062");
  t.strictSame(decodeAddress(abstract), {
    ...{ family: AF_UNIX, abstract: new Uint8Array([97, 0, 98]) },
  });
  const unnamed = encodeAddress({ family: AF_UNIX });
  t.equal(unnamed.length, 2);
  t.strictSame(decodeAddress(unnamed), { family: AF_UNIX });
});

t.test("a unix name has room for 107 bytes", async (t) => {
  const decoded = (address: Address) => decodeAddress(encodeAddress(address));
  const path = "/".repeat(107);
  t.strictSame(decoded({ family: AF_UNIX, path }), { family: AF_UNIX, path });
  const abstract = new Uint8Array(107).fill(255);
  t.strictSame(decoded({ family: AF_UNIX, abstract }), { family: AF_UNIX, abstract });
  const tooLong = { name: "RangeError", message: /at most 107 bytes, not 108$/ };
  t.throws(() => encodeAddress({ family: AF_UNIX, path: `${path}/` }), tooLong);
  t.throws(() => encodeAddress({ family: AF_UNIX, path: "é".repeat(54) }), tooLong);
  t.throws(() => encodeAddress({ family: AF_UNIX, abstract: new Uint8Array(108) }), tooLong);
});

t.test("a path of 108 bytes, which the kernel takes, comes back as it went", async (t) => {
  for (const last of [0x78, 0xff]) {
    const name = new Uint8Array(110).fill(last);
    name.set(encodeAddress({ family: AF_UNIX }));
    const given = Buffer.concat([name, Buffer.of(0)]);
    t.strictSame(decodeAddress(given), name, "without the NUL that the kernel adds");
    t.strictSame(decodeAddress(name), name);
  }
});

t.test("an address that cannot be is refused with a reason", async (t) => {
  const bad: [unknown, RegExp][] = [
    [{ family: AF_INET, address: "localhost", port: 1 }, /^RangeError: "localhost" is not an IPv4/],
    [{ family: AF_INET, address: "::1", port: 1 }, /^RangeError: "::1" is not an IPv4 address$/],
    [{ family: AF_INET6, address: "1.2.3.4", port: 1 }, /is not an IPv6 address$/],
    [{ family: AF_INET, port: 1 }, /^TypeError: an address is a string$/],
    [{ family: AF_INET, address: "1.2.3.4" }, /^TypeError: port must be a number, not undefined$/],
    [{ family: AF_INET, address: "1.2.3.4", port: "80" }, /^TypeError: port/],
    [{ family: AF_INET6, address: "::1", port: 1, scopeId: -1 }, /^RangeError: scopeId/],
    [{ family: AF_INET6, address: "::1", port: 1, scopeId: 2 ** 32 }, /^RangeError: scopeId/],
    [{ family: AF_INET6, address: "::1", port: 1, flowInfo: 0.5 }, /^RangeError: flowInfo/],
    [{ family: AF_UNIX, path: "" }, /^RangeError: .* not empty$/],
    [{ family: AF_UNIX, path: "/a\0b" }, /^RangeError: .* no NUL in it$/],
    [{ family: AF_UNIX, path: 7 }, /^TypeError/],
    [{ family: AF_UNIX, abstract: "name" }, /^TypeError: an abstract name is a Uint8Array$/],
    [{ family: AF_UNIX, address: "1.2.3.4", port: 1 }, /^TypeError/],
    [{ family: AF_ALG }, /^TypeError: address family 38 has no object form/],
    [{ family: AF_NETLINK, pid: -1, groups: 0 }, /^RangeError: pid must be/],
    [{ family: AF_NETLINK }, /^RangeError: pid must be/],
    [{ family: AF_PACKET, protocol: 2 ** 16, ifindex: 1 }, /^RangeError: protocol must be/],
    [
      { family: AF_PACKET, protocol: 3, ifindex: 1, hardware: new Uint8Array(9) },
      /^RangeError: the length of hardware must be/,
    ],
    [{ family: AF_VSOCK, cid: 1, port: 2 ** 32 }, /^RangeError: port must be/],
    [{}, /^TypeError/],
  ];
  for (const port of [-1, 65536, 1.5, NaN, Infinity, 2 ** 32 + 80]) {
    bad.push([
      { family: AF_INET, address: "1.2.3.4", port },
      /^RangeError: port must be an integer/,
    ]);
  }
  for (const [address, reason] of bad) {
    const message = (error: unknown) => reason.test(String(error));
    try {
      encodeAddress(address as Address);
      t.fail(`accepted: ${JSON.stringify(address)}`);
    } catch (error) {
      t.ok(message(error), `${error}`);
    }
  }
});

t.test("bytes of any other family, or cut short, stay bytes", async (t) => {
  const alg = new Uint8Array([38, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
  t.equal(encodeAddress(alg), alg);
  t.strictSame(decodeAddress(alg), alg);
  t.strictSame(decodeAddress(new Uint8Array(0)), new Uint8Array(0));
  t.strictSame(decodeAddress(new Uint8Array([2])), new Uint8Array([2]));
  const inet = encodeAddress({ family: AF_INET, address: "1.2.3.4", port: 5 });
  t.strictSame(decodeAddress(inet, 15), new Uint8Array(inet.subarray(0, 15)));
  const notUtf8 = new Uint8Array([...encodeAddress({ family: AF_UNIX }), 0x2f, 0xff]);
  t.strictSame(decodeAddress(notUtf8), notUtf8);
});

t.test("a view into a larger buffer is decoded where it is", async (t) => {
  const inet = encodeAddress({ family: AF_INET, address: "1.2.3.4", port: 5 });
  const around = new Uint8Array(64).fill(0xee);
  around.set(inet, 7);
  t.strictSame(decodeAddress(around.subarray(7, 64), inet.length), decodeAddress(inet));
});

t.test("a SockaddrStorage has room for every family and decodes what is in it", async (t) => {
  const storage = new SockaddrStorage();
  t.equal(storage.bytes.length, SIZEOF_SOCKADDR_STORAGE);
  const inet = encodeAddress({ family: AF_INET, address: "1.2.3.4", port: 5 });
  storage.bytes.set(inet);
  storage.length = inet.length;
  t.strictSame(storage.decode(), { family: AF_INET, address: "1.2.3.4", port: 5 });
  storage.length = 1000;
  t.strictSame(storage.decode(), { family: AF_INET, address: "1.2.3.4", port: 5 });
});

t.test("addresses in messages", async (t) => {
  const text = (address: Address | Uint8Array) => formatAddress(address);
  t.equal(text({ family: AF_INET, address: "127.0.0.1", port: 6379 }), "127.0.0.1:6379");
  t.equal(text({ family: AF_INET6, address: "::1", port: 80 }), "[::1]:80");
  t.equal(text({ family: AF_INET6, address: "fe80::1", port: 80, scopeId: 2 }), "[fe80::1%2]:80");
  t.equal(text({ family: AF_UNIX, path: "/run/a b" }), "/run/a b");
  t.equal(text({ family: AF_UNIX, path: "/run/\r\n+OK" }), "/run/\\x0d\\x0a+OK");
  t.equal(text({ family: AF_UNIX, abstract: Buffer.from("x\0\xff", "latin1") }), "@x\\x00\xff");
  t.equal(text({ family: AF_UNIX }), "unnamed");
  t.equal(text(new Uint8Array(12)), "sockaddr of 12 bytes");
});

t.test("the kernel takes our bytes and gives the same address back", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fdkit-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const unique = Buffer.from(`${folder}\0${process.pid}`);
  const addresses: Address[] = [
    { family: AF_INET, address: "127.0.0.1", port: 0 },
    { family: AF_UNIX, path: join(folder, "socket") },
    { family: AF_UNIX, path: `${folder}/`.padEnd(107, "x") },
    { family: AF_UNIX, abstract: new Uint8Array(unique) },
    { family: AF_UNIX, abstract: new Uint8Array(Buffer.from(unique).fill(7, 0, 1)) },
  ];
  for (const address of addresses) {
    const fd = socket(address.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bind(fd, address);
    const bound = getsockname(fd);
    t.match(bound, { ...address, ...("port" in address ? { port: Number } : {}) });
    close(fd);
  }
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  t.strictSame(getsockname(fd), { family: AF_UNIX });
  bind(fd, { family: AF_UNIX });
  const chosen = getsockname(fd) as { abstract: Uint8Array };
  t.match(Buffer.from(chosen.abstract).toString(), /^[0-9a-f]{5}$/, "autobind");
  close(fd);
});

leavesNoFd(t);
