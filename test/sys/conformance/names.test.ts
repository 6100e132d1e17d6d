// The matrix: names of sockets, and who may have which. See bind(2), unix(7), ip(7), ipv6(7).
import { existsSync, rmSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import {
  type AbstractAddress,
  type Address,
  encodeAddress,
  type InetAddress,
  SockaddrStorage,
} from "../../../lib/sockaddr.ts";
import { OFFSETOF_SUN_PATH, SIZEOF_SOCKADDR_UN } from "../../../lib/structs.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";
import {
  accept,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
} from "../../../lib/sys/socket.ts";
import { setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, type Family, families, freshPath, tcp4, tcp6, udp4 } from "./families.ts";

const connectionOriented = families.filter(({ isConnectionOriented }) => isConnectionOriented);
const inet = families.filter(({ isUnix }) => !isUnix);
const inet6 = inet.filter(({ domain }) => domain === C.AF_INET6);
const unix = families.filter(({ isUnix }) => isUnix);
const paths = unix.filter((family) => "path" in family.address());
const abstracts = unix.filter((family) => "abstract" in family.address());
const MOST_BYTES = SIZEOF_SOCKADDR_UN - OFFSETOF_SUN_PATH;
const portOf = (fd: number) => (getsockname(fd) as InetAddress).port;

/** The sockaddr of a unix socket with this name, whatever it is. */
function sockaddrUn(name: Uint8Array): Uint8Array {
  return Buffer.concat([encodeAddress({ family: C.AF_UNIX }), name]);
}

/** Whoever knows `name` can reach the socket `boundfd`, which has not been listening so far. */
function isReached(t: Test, family: Family, boundfd: number, name: Address | Uint8Array): void {
  const otherfd = family.socket(t);
  if (family.isConnectionOriented) listen(boundfd, 1);
  t.equal(connect(otherfd, name), 0);
  t.equal(send(otherfd, Buffer.from("hello"), 5, 0), 5);
  const fd = family.isConnectionOriented ? closing(t, accept(boundfd))[0] : boundfd;
  t.equal(recv(fd, new Uint8Array(9), 9, 0), 5);
}

each(families, "a fresh socket has no name and no peer", (t, family) => {
  const fd = family.socket(t);
  const address = family.domain === C.AF_INET ? "0.0.0.0" : "::";
  const nothing = family.isUnix ? {} : { address, port: 0 };
  t.match(getsockname(fd), { family: family.domain, ...nothing });
  t.notOk("path" in getsockname(fd) || "abstract" in getsockname(fd));
  failsWith(t, "ENOTCONN", `fd ${fd}`, () => getpeername(fd));
});

each(families, "a bound socket has the name that it was given, and is found by it", (t, family) => {
  const fd = family.socket(t);
  const address = family.address();
  t.equal(bind(fd, address), 0);
  if (family.isUnix) t.strictSame(getsockname(fd), address);
  else t.match(getsockname(fd), { ...address, port: portOf(fd) });
  isReached(t, family, fd, getsockname(fd));
});

each(families, "an accepted socket has the listener's name, and knows its peer's", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.strictSame(getpeername(clientfd), getsockname(serverfd));
  t.strictSame(getpeername(serverfd), getsockname(clientfd));
});

each(connectionOriented, "accept tells the peer's name", (t, family) => {
  const listenfd = family.listener(t);
  const clientfd = family.bound(t);
  const peer = new SockaddrStorage();
  connect(clientfd, getsockname(listenfd));
  closing(t, accept(listenfd, peer));
  t.strictSame(peer.decode(), getsockname(clientfd));
});

each(families, "a socket is bound once", (t, family) => {
  const fd = family.bound(t);
  const name = getsockname(fd);
  t.throws(() => bind(fd, family.address()), { code: "EINVAL" });
  t.strictSame(getsockname(fd), name);
});

each(families, "a name that somebody has is EADDRINUSE, until it is free", (t, family) => {
  const [holder, other] = [family.bound(t), family.socket(t)];
  const name = getsockname(holder);
  t.throws(() => bind(other, name), { code: "EADDRINUSE", syscall: "bind" });
  closeNow(holder);
  if ("path" in name) rmSync(name.path);
  t.equal(bind(other, name), 0);
  t.strictSame(getsockname(other), name);
});

each(families, "a name of another family is refused", (t, family) => {
  const fd = family.socket(t);
  const other = (family.isUnix ? tcp4 : unix[0]).address();
  const refused = { code: /^(EINVAL|EAFNOSUPPORT)$/ };
  t.throws(() => bind(fd, other), refused);
  t.throws(() => connect(fd, other), refused);
});

each(families, "a name of too few or too many bytes is EINVAL", (t, family) => {
  const fd = family.socket(t);
  const name = encodeAddress(family.address());
  t.throws(() => bind(fd, new Uint8Array(0)), { code: "EINVAL" });
  t.throws(() => bind(fd, name.subarray(0, 1)), { code: "EINVAL" });
  t.throws(() => connect(fd, name.subarray(0, 1)), { code: "EINVAL" });
  t.throws(() => bind(fd, new Uint8Array(129)), { code: "EINVAL" }, "beyond sockaddr_storage");
  t.throws(() => bind(fd, Buffer.concat([name, new Uint8Array(128)])), { code: "EINVAL" });
});

each(paths, "a bound path outlives its socket", (t, family) => {
  const [fd, otherfd] = [family.bound(t), family.socket(t)];
  const name = getsockname(fd) as { family: number; path: string };
  closeNow(fd);
  t.ok(existsSync(name.path));
  failsWith(t, "ECONNREFUSED", name.path, () => connect(otherfd, name));
  failsWith(t, "EADDRINUSE", name.path, () => bind(otherfd, name));
  rmSync(name.path);
  failsWith(t, "ENOENT", name.path, () => connect(otherfd, name));
});

each(paths, "a file is no socket, and a folder must be there", (t, family) => {
  const fd = family.socket(t);
  const path = freshPath();
  writeFileSync(path, "");
  const at = (path: string): Address => ({ family: C.AF_UNIX, path });
  failsWith(t, "EADDRINUSE", path, () => bind(fd, at(path)));
  failsWith(t, "ECONNREFUSED", path, () => connect(fd, at(path)));
  failsWith(t, "ENOTDIR", `${path}/x`, () => bind(fd, at(`${path}/x`)));
  failsWith(t, "ENOENT", "/nowhere/x", () => bind(fd, at("/nowhere/x")));
});

each(paths, "a name of another type of socket is EPROTOTYPE", (t, family) => {
  for (const other of paths.filter(({ type }) => type !== family.type)) {
    const fd = other.bound(t);
    if (other.isConnectionOriented) listen(fd, 1);
    t.throws(() => connect(family.socket(t), getsockname(fd)), { code: "EPROTOTYPE" });
  }
});

each(abstracts, "each type of socket has abstract names of its own", (t, family) => {
  const name = getsockname(family.bound(t));
  for (const other of abstracts.filter(({ type }) => type !== family.type)) {
    const fd = other.socket(t);
    t.throws(() => connect(fd, name), { code: "ECONNREFUSED" });
    t.equal(bind(fd, name), 0);
  }
});

each(unix, "who is bound and does not listen refuses connections", (t, family) => {
  const [fd, otherfd] = [family.bound(t), family.socket(t)];
  const meet = () => connect(otherfd, getsockname(fd));
  if (family.isConnectionOriented) t.throws(meet, { code: "ECONNREFUSED" });
  else t.equal(meet(), 0, "datagrams need no listener");
});

each(unix, "nobody can be reached under no name", (t, family) => {
  const [fd, nameless] = [family.socket(t), family.socket(t)];
  t.throws(() => connect(fd, getsockname(nameless)), { code: "EINVAL" });
  t.throws(() => bind(fd, { family: C.AF_UNIX, path: "" }), RangeError);
});

each(unix, "autobind chooses a new abstract name of five hexadecimal digits", (t, family) => {
  const fds = Array.from({ length: 9 }, () => family.socket(t));
  const names = fds.map((fd) => {
    t.equal(bind(fd, { family: C.AF_UNIX }), 0);
    return Buffer.from((getsockname(fd) as AbstractAddress).abstract).toString("latin1");
  });
  t.equal(new Set(names).size, fds.length);
  for (const name of names) t.match(name, /^[0-9a-f]{5}$/);
  t.equal(bind(fds[0], { family: C.AF_UNIX }), 0, "and once more changes nothing");
  t.equal(Buffer.from((getsockname(fds[0]) as AbstractAddress).abstract).toString(), names[0]);
  isReached(t, family, fds[0], getsockname(fds[0]));
});

each(abstracts, "an abstract name may be any bytes, and its length counts", (t, family) => {
  const id = Buffer.from(freshPath());
  const names = [id, Buffer.concat([id, Buffer.of(0)]), Buffer.concat([id, Buffer.of(0, 0xff)])];
  for (const abstract of names) {
    const fd = family.socket(t);
    bind(fd, { family: C.AF_UNIX, abstract });
    t.ok(Buffer.from((getsockname(fd) as AbstractAddress).abstract).equals(abstract));
    isReached(t, family, fd, { family: C.AF_UNIX, abstract: Buffer.from(abstract) });
  }
});

each(
  abstracts,
  "an abstract name is in no folder, and free when its socket is closed",
  (t, family) => {
    const path = freshPath();
    const name = { family: C.AF_UNIX, abstract: Buffer.from(path) };
    const [fd, otherfd] = [family.socket(t), family.socket(t)];
    bind(fd, name);
    t.notOk(existsSync(path));
    closeNow(fd);
    t.throws(() => connect(otherfd, name), { code: "ECONNREFUSED" });
    t.equal(bind(otherfd, name), 0);
  },
);

each(abstracts, "an abstract name has at most 107 bytes", (t, family) => {
  const longest = Buffer.alloc(MOST_BYTES - 1, freshPath());
  const fd = family.socket(t);
  bind(fd, { family: C.AF_UNIX, abstract: longest });
  t.strictSame(Buffer.from((getsockname(fd) as AbstractAddress).abstract), longest);
  isReached(t, family, fd, getsockname(fd));
  const tooLong = Buffer.alloc(MOST_BYTES, "x");
  const otherfd = family.socket(t);
  t.throws(() => bind(otherfd, { family: C.AF_UNIX, abstract: tooLong }), RangeError);
  const bytes = sockaddrUn(Buffer.concat([Buffer.of(0), tooLong]));
  t.throws(() => bind(otherfd, bytes), { code: "EINVAL" });
});

each(paths, "a path has at most 107 bytes, as bytes one more", (t, family) => {
  const longest = `${freshPath()}/`.replace(/[^/]*\/$/, "").padEnd(MOST_BYTES - 2, "./");
  const short = longest.padEnd(MOST_BYTES - 1, family.isStream ? "s" : `${family.type}`);
  const fd = family.socket(t);
  bind(fd, { family: C.AF_UNIX, path: short });
  t.strictSame(getsockname(fd), { family: C.AF_UNIX, path: short });
  isReached(t, family, fd, getsockname(fd));
  const tooLong = `${short}x`;
  t.throws(() => bind(family.socket(t), { family: C.AF_UNIX, path: tooLong }), RangeError);
  const unterminated = sockaddrUn(Buffer.from(tooLong));
  const otherfd = family.socket(t);
  bind(otherfd, unterminated);
  t.ok(existsSync(tooLong));
  t.strictSame(getsockname(otherfd), new Uint8Array(unterminated), "which stays bytes");
  isReached(t, family, otherfd, getsockname(otherfd));
  const beyond = sockaddrUn(Buffer.from(`${tooLong}x`));
  t.throws(() => bind(family.socket(t), beyond), { code: "EINVAL" });
});

each(paths, "a path that is not UTF-8 stays bytes", (t, family) => {
  const path = Buffer.concat([Buffer.from(freshPath()), Buffer.of(0xff, 0xc3, 0x28)]);
  const name = sockaddrUn(Buffer.concat([path, Buffer.of(0)]));
  const fd = family.socket(t);
  bind(fd, name);
  t.ok(existsSync(path));
  t.strictSame(getsockname(fd), new Uint8Array(name));
  isReached(t, family, fd, getsockname(fd));
});

each(paths, "a path may be any Unicode", (t, family) => {
  const fd = family.socket(t);
  const name = { family: C.AF_UNIX, path: `${freshPath()} Dürer 京 🐟` };
  bind(fd, name);
  t.ok(existsSync(name.path));
  t.strictSame(getsockname(fd), name);
  isReached(t, family, fd, name);
});

each(
  inet,
  "an address that is not ours is EADDRNOTAVAIL, and IP_FREEBIND takes it",
  (t, family) => {
    const fd = family.socket(t);
    const is4 = family.domain === C.AF_INET;
    const address = is4 ? "192.0.2.1" : "2001:db8::1";
    const name = { family: family.domain, address, port: 0 };
    t.throws(() => bind(fd, name), { code: "EADDRNOTAVAIL" });
    const [level, option] = is4 ? [C.SOL_IP, C.IP_FREEBIND] : [C.SOL_IPV6, C.IPV6_FREEBIND];
    setsockopt(fd, level, option, 1);
    t.equal(bind(fd, name), 0);
    t.match(getsockname(fd), { address });
  },
);

each(inet, "who is bound to any address is reached at one", (t, family) => {
  const fd = family.socket(t);
  const [any, one] = family.domain === C.AF_INET ? ["0.0.0.0", "127.9.9.9"] : ["::", "::1"];
  bind(fd, { family: family.domain, address: any, port: 0 });
  t.match(getsockname(fd), { address: any });
  isReached(t, family, fd, { family: family.domain, address: one, port: portOf(fd) });
});

each(inet, "a port may be taken once per address", (t, family) => {
  const fd = family.bound(t);
  const [same, another, any] = [family.socket(t), family.socket(t), family.socket(t)];
  const at = (address: string) => ({ family: family.domain, address, port: portOf(fd) });
  const [here, there, all] =
    family.domain === C.AF_INET
      ? ["127.0.0.1", "127.0.0.2", "0.0.0.0"]
      : ["::1", "::ffff:127.0.0.2", "::"];
  t.throws(() => bind(same, at(here)), { code: "EADDRINUSE" });
  t.throws(() => bind(any, at(all)), { code: "EADDRINUSE" });
  t.equal(bind(another, at(there)), 0);
});

each(inet6, "an IPv6 socket serves IPv4 as well, with mapped addresses", (t, family) => {
  const [fd, other] = [family.socket(t), (family.isTcp ? tcp4 : udp4).socket(t)];
  bind(fd, { family: C.AF_INET6, address: "::", port: 0 });
  if (family.isTcp) listen(fd, 1);
  connect(other, { family: C.AF_INET, address: "127.0.0.1", port: portOf(fd) });
  const peer = new SockaddrStorage();
  send(other, new Uint8Array(1), 1, 0);
  if (family.isTcp) closing(t, accept(fd, peer));
  else recvfrom(fd, new Uint8Array(1), 1, 0, peer);
  t.match(peer.decode(), { address: "::ffff:127.0.0.1", port: portOf(other) });
});

each(inet6, "with IPV6_V6ONLY it does not, and IPv4 may have the same port", (t, family) => {
  const [fd, other] = [family.socket(t), (family.isTcp ? tcp4 : udp4).socket(t)];
  setsockopt(fd, C.SOL_IPV6, C.IPV6_V6ONLY, 1);
  bind(fd, { family: C.AF_INET6, address: "::", port: 0 });
  t.throws(() => connect(fd, { family: C.AF_INET6, address: "::ffff:127.0.0.1", port: 9 }), {
    code: "ENETUNREACH",
  });
  t.equal(bind(other, { family: C.AF_INET, address: "0.0.0.0", port: portOf(fd) }), 0);
});

each(inet6, "a link-local address needs its interface", (t, family) => {
  const fd = family.socket(t);
  const name = { family: C.AF_INET6, address: "fe80::1", port: 9 };
  t.throws(() => bind(fd, { ...name, port: 0 }), { code: "EINVAL" });
  t.throws(() => connect(fd, name), { code: "EINVAL" });
  if (!family.isUdp) return;
  t.throws(() => sendto(fd, new Uint8Array(1), 1, 0, { ...name, scopeId: 2 ** 31 - 1 }), {
    code: /^(ENETUNREACH|ENODEV|EINVAL)$/,
  });
});

each(
  [tcp4, tcp6],
  "SO_REUSEADDR takes the port of closed connections, no listener's",
  (t, family) => {
    const [listenfd, plain, reusing] = [family.socket(t), family.socket(t), family.socket(t)];
    for (const fd of [listenfd, reusing]) setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
    bind(listenfd, family.address());
    listen(listenfd, 1);
    const name = getsockname(listenfd);
    const [clientfd, serverfd] = family.meet(t, listenfd);
    for (const fd of [serverfd, clientfd]) closeNow(fd);
    t.throws(() => bind(reusing, name), { code: "EADDRINUSE" });
    closeNow(listenfd);
    t.throws(() => bind(plain, name), { code: "EADDRINUSE" });
    t.equal(bind(reusing, name), 0);
  },
);

leavesNoFd(t);
