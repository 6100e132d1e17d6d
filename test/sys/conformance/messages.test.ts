// The matrix: messages, which arrive whole or not at all. See udp(7), unix(7), send(2), recv(2).
import t, { type Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { type Address, type InetAddress, SockaddrStorage } from "../../../lib/sockaddr.ts";
import { dup, read, write } from "../../../lib/sys/file.ts";
import { ioctlInt } from "../../../lib/sys/ioctl.ts";
import { recv, recvfrom, send, sendto } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { connect, getpeername, getsockname } from "../../../lib/sys/socket.ts";
import { getsockopt, setsockopt } from "../../../lib/sys/sockopt.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, closing, leavesNoFd } from "../../helpers/fds.ts";
import { each, families, udp6 } from "./families.ts";
import { fill, polled } from "./wait.ts";

const messages = families.filter(({ isStream }) => !isStream);
const datagrams = messages.filter(({ isConnectionOriented }) => !isConnectionOriented);
const seqpacket = messages.filter(({ isConnectionOriented }) => isConnectionOriented);
const udp = datagrams.filter(({ isUdp }) => isUdp);
const unix = messages.filter(({ isUnix }) => isUnix);
const unixDatagrams = datagrams.filter(({ isUnix }) => isUnix);
const inet = families.filter(({ isUdp, isTcp }) => isUdp || isTcp);
const buffer = Buffer.alloc(1 << 17);
const text = (n: number) => buffer.toString("latin1", 0, n);
const say = (fd: number, words: string, flags = 0) =>
  send(fd, Buffer.from(words), words.length, flags);
const sayTo = (fd: number, words: string, to: Address | Uint8Array) =>
  sendto(fd, Buffer.from(words), words.length, 0, to);
const hear = (fd: number, size = 99, flags = 0) => text(recv(fd, buffer, size, flags));

/** AF_UNSPEC: to connect() it means that there is no peer any more. */
const NOBODY = new Uint8Array(16);

/** Nothing has come, though there was a moment for it. */
function nothing(t: Test, fd: number): void {
  t.equal(recv(fd, buffer, 99, C.MSG_DONTWAIT), -C.EAGAIN);
}

each(messages, "a read takes one message, however large the buffer", (t, family) => {
  const [a, b] = family.connected(t);
  for (const word of ["one", "two", "three"]) t.equal(say(a, word), word.length);
  t.equal(hear(b), "one");
  t.equal(read(b, buffer, 99), 3);
  t.equal(text(3), "two");
  t.equal(hear(b), "three");
  nothing(t, b);
  t.equal(write(b, Buffer.from("back"), 4), 4);
  t.equal(hear(a), "back");
});

each(messages, "a smaller buffer cuts the message, and MSG_TRUNC says so", (t, family) => {
  const [a, b] = family.connected(t);
  const header = new MessageHeader([buffer.subarray(0, 4)]);
  for (const word of ["0123456789", "abcdefghij", "next", "last"]) say(a, word);
  t.equal(hear(b, 4), "0123");
  t.equal(recvmsg(b, header, 0), 4);
  t.equal(text(4), "abcd");
  t.equal(header.flags & C.MSG_TRUNC, C.MSG_TRUNC);
  t.equal(recvmsg(b, header, 0), 4);
  t.equal(text(4), "next", "the rest of each is lost");
  t.equal(header.flags & C.MSG_TRUNC, 0);
  t.equal(hear(b, 9), "last");
});

each(messages, "with the flag MSG_TRUNC a message tells its true length", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "0123456789");
  t.equal(recv(b, buffer, 0, C.MSG_PEEK | C.MSG_TRUNC), 10);
  t.equal(recvfrom(b, buffer, 4, C.MSG_PEEK | C.MSG_TRUNC), 10);
  t.equal(recv(b, buffer, 4, C.MSG_TRUNC), 10);
  t.equal(text(4), "0123");
  nothing(t, b);
});

each(messages, "MSG_PEEK takes nothing away", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "one");
  say(a, "two");
  t.equal(hear(b, 2, C.MSG_PEEK), "on");
  t.equal(hear(b, 99, C.MSG_PEEK), "one");
  t.equal(hear(b), "one");
  t.equal(hear(b, 99, C.MSG_PEEK | C.MSG_DONTWAIT), "two");
  t.equal(hear(b), "two");
  t.equal(recv(b, buffer, 9, C.MSG_PEEK | C.MSG_DONTWAIT), -C.EAGAIN);
});

each(messages, "an empty message arrives, and is not the end", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(send(a, buffer, 0, 0), 0);
  t.equal(sendmsg(a, { buffers: [] }, 0), 0);
  say(a, "then");
  t.equal(recv(b, buffer, 9, 0), 0);
  t.equal(recv(b, buffer, 9, 0), 0);
  t.equal(hear(b), "then");
});

each(messages, "a recv without room takes the message all the same", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "lost");
  say(a, "kept");
  t.equal(recv(b, buffer, 0, 0), 0);
  t.equal(hear(b), "kept");
});

each(messages, "read() without room takes nothing", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "kept");
  t.equal(read(b, buffer, 0), 0);
  t.equal(hear(b), "kept");
});

each(messages, "MSG_WAITALL waits for no second message", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "one");
  t.equal(hear(b, 99, C.MSG_WAITALL), "one");
});

each(udp, "MSG_MORE collects the pieces of one datagram", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(say(a, "one ", C.MSG_MORE), 4);
  t.equal(say(a, "data", C.MSG_MORE), 4);
  nothing(t, b);
  t.equal(say(a, "gram"), 4);
  t.equal(hear(b), "one datagram");
  nothing(t, b);
});

each(unix, "MSG_MORE holds nothing back", (t, family) => {
  const [a, b] = family.connected(t);
  say(a, "one", C.MSG_MORE);
  say(a, "two");
  t.equal(hear(b), "one");
  t.equal(hear(b), "two");
});

each(messages, "nothing goes out of band", (t, family) => {
  const [a, b] = family.connected(t);
  const sendUrgent = () => send(a, buffer, 1, C.MSG_OOB);
  const receiveUrgent = () => recv(b, buffer, 1, C.MSG_OOB | C.MSG_DONTWAIT);
  if (family === udp6) t.equal(sendUrgent(), 1, "Linux does not look at the flag");
  else failsWith(t, "EOPNOTSUPP", `fd ${a}`, sendUrgent);
  if (family.isUnix) failsWith(t, "EOPNOTSUPP", `fd ${b}`, receiveUrgent);
  else t.equal(receiveUrgent(), family === udp6 ? 1 : -C.EAGAIN);
});

each(messages, "duplicates of an fd have one queue", (t, family) => {
  const [a, b] = family.connected(t);
  const [copy] = closing(t, dup(b));
  say(a, "one");
  say(a, "two");
  t.equal(hear(copy), "one");
  closeNow(b);
  t.equal(hear(copy), "two");
});

each(datagrams, "FIONREAD tells the size of the next message", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(ioctlInt(b, C.FIONREAD), 0);
  say(a, "three");
  say(a, "fourth");
  t.equal(ioctlInt(b, C.FIONREAD), 5);
  hear(b);
  t.equal(ioctlInt(b, C.FIONREAD), 6);
});

each(messages, "SO_PEEK_OFF lets every peek go on behind the last", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(b, C.SOL_SOCKET, C.SO_PEEK_OFF, 0);
  say(a, "abcdef");
  t.equal(hear(b, 2, C.MSG_PEEK), "ab");
  t.equal(hear(b, 2, C.MSG_PEEK), "cd");
  t.equal(hear(b, 9), "abcdef");
  t.equal(getsockopt(b, C.SOL_SOCKET, C.SO_PEEK_OFF), 0);
});

each(datagrams, "sendto names the receiver, recvfrom the sender", (t, family) => {
  const [a, b, c] = [family.bound(t), family.bound(t), family.bound(t)];
  const from = new SockaddrStorage();
  const header = new MessageHeader([buffer], null, from);
  t.equal(sayTo(a, "from a", getsockname(c)), 6);
  t.equal(sayTo(b, "from b", getsockname(c)), 6);
  t.equal(recvfrom(c, buffer, 99, 0, from), 6);
  t.strictSame([text(6), from.decode()], ["from a", getsockname(a)]);
  t.equal(recvmsg(c, header, 0), 6);
  t.strictSame([text(6), from.decode()], ["from b", getsockname(b)]);
  t.equal(sendmsg(c, { buffers: [Buffer.from("answer")], name: from }, 0), 6);
  t.equal(hear(b), "answer");
  nothing(t, a);
});

each(udp, "a sender without a name gets one when it sends", (t, family) => {
  const [a, b] = [family.socket(t), family.bound(t)];
  const from = new SockaddrStorage();
  t.equal((getsockname(a) as InetAddress).port, 0);
  sayTo(a, "hello", getsockname(b));
  t.equal(recvfrom(b, buffer, 9, 0, from), 5);
  t.ok((from.decode() as InetAddress).port > 0);
  t.equal((from.decode() as InetAddress).port, (getsockname(a) as InetAddress).port);
});

each(unixDatagrams, "a sender without a name stays without", (t, family) => {
  const [a, b] = [family.socket(t), family.bound(t)];
  const from = new SockaddrStorage();
  from.length = 9;
  sayTo(a, "hello", getsockname(b));
  t.equal(recvfrom(b, buffer, 9, 0, from), 5);
  t.equal(from.length, 0);
});

each(seqpacket, "recvfrom gives no name of a client without one", (t, family) => {
  const [a, b] = family.connected(t);
  const from = new SockaddrStorage();
  from.length = 9;
  say(a, "hello");
  t.equal(recvfrom(b, buffer, 9, 0, from), 5);
  t.equal(from.length, 0);
  say(b, "hello");
  t.equal(recvfrom(a, buffer, 9, 0, from), 5);
  t.strictSame(from.decode(), getsockname(b));
});

each(datagrams, "a connected socket hears its peer only", (t, family) => {
  const [a, b, stranger] = [family.bound(t), family.bound(t), family.bound(t)];
  connect(b, getsockname(a));
  t.strictSame(getpeername(b), getsockname(a));
  const intrude = () => sayTo(stranger, "psst", getsockname(b));
  if (family.isUnix) t.throws(intrude, { code: "EPERM" });
  else t.equal(intrude(), 4, "sent and dropped");
  t.equal(sayTo(a, "hello", getsockname(b)), 5);
  t.equal(hear(b), "hello");
  nothing(t, b);
});

each(datagrams, "a connected socket may send to others", (t, family) => {
  const [a, b, c] = [family.bound(t), family.bound(t), family.bound(t)];
  connect(a, getsockname(b));
  t.equal(sayTo(a, "to c", getsockname(c)), 4);
  t.equal(say(a, "to b"), 4);
  t.equal(hear(c), "to c");
  t.equal(hear(b), "to b");
});

each(seqpacket, "an address to send to is ignored", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(sayTo(a, "hello", family.address()), 5);
  t.equal(hear(b), "hello");
});

each(datagrams, "the peer can be changed, and be given up with AF_UNSPEC", (t, family) => {
  const [a, b, c] = [family.bound(t), family.bound(t), family.bound(t)];
  connect(a, getsockname(b));
  connect(a, getsockname(c));
  say(a, "to c");
  t.equal(hear(c), "to c");
  t.equal(connect(a, NOBODY), 0);
  failsWith(t, "ENOTCONN", `fd ${a}`, () => getpeername(a));
  const lost = family.isUnix ? "ENOTCONN" : "EDESTADDRREQ";
  failsWith(t, lost, `fd ${a}`, () => say(a, "to whom?"));
  sayTo(b, "anyone", getsockname(a));
  t.equal(hear(a), "anyone", "and it keeps its name");
  nothing(t, b);
});

each(messages, "without a peer and without an address there is nowhere to send to", (t, family) => {
  const fd = family.bound(t);
  const code = family.isUnix ? "ENOTCONN" : "EDESTADDRREQ";
  failsWith(t, code, `fd ${fd}`, () => send(fd, buffer, 1, 0));
  failsWith(t, code, `fd ${fd}`, () => write(fd, buffer, 1));
  failsWith(t, code, `fd ${fd}`, () => sendmsg(fd, { buffers: [] }, 0));
  const receive = () => recv(fd, buffer, 1, C.MSG_DONTWAIT);
  if (family.isConnectionOriented) failsWith(t, "ENOTCONN", `fd ${fd}`, receive);
  else t.equal(receive(), -C.EAGAIN);
});

each(udp, "65507 bytes fit over IPv4, 65527 over IPv6, and one more is EMSGSIZE", (t, family) => {
  const [a, b] = family.connected(t);
  const most = 65535 - 8 - (family.domain === C.AF_INET ? 20 : 0);
  failsWith(t, "EMSGSIZE", `fd ${a}`, () => send(a, buffer, most + 1, 0));
  t.equal(send(a, buffer, most, 0), most);
  t.equal(recv(b, buffer, buffer.length, 0), most);
  nothing(t, b);
});

each(unix, "a message above SO_SNDBUF is EMSGSIZE", (t, family) => {
  const [a, b] = family.connected(t);
  setsockopt(a, C.SOL_SOCKET, C.SO_SNDBUF, 16384);
  const most = getsockopt(a, C.SOL_SOCKET, C.SO_SNDBUF) - 32;
  failsWith(t, "EMSGSIZE", `fd ${a}`, () => send(a, buffer, most + 1, 0));
  nothing(t, b);
  t.equal(send(a, buffer, 16384, 0), 16384);
  t.equal(recv(b, buffer, buffer.length, 0), 16384);
});

each(udp, "a closed port is ECONNREFUSED to a connected socket, once", (t, family) => {
  const [a, b] = family.connected(t);
  closeNow(b);
  t.equal(say(a, "anybody?"), 8);
  t.equal(polled(a, C.POLLIN) & C.POLLERR, C.POLLERR);
  failsWith(t, "ECONNREFUSED", `fd ${a}`, () => recv(a, buffer, 9, 0));
  nothing(t, a);
  say(a, "anybody?");
  polled(a, C.POLLIN);
  t.equal(getsockopt(a, C.SOL_SOCKET, C.SO_ERROR), C.ECONNREFUSED, "and SO_ERROR takes it");
  t.equal(getsockopt(a, C.SOL_SOCKET, C.SO_ERROR), 0);
  say(a, "anybody?");
  polled(a, C.POLLIN);
  failsWith(t, "ECONNREFUSED", `fd ${a}`, () => say(a, "?"));
});

each(udp, "a closed port is nothing to a socket without a peer", (t, family) => {
  const [a, b] = [family.bound(t), family.bound(t)];
  const nobody = getsockname(b);
  closeNow(b);
  t.equal(sayTo(a, "anybody?", nobody), 8);
  t.equal(sayTo(a, "anybody?", nobody), 8);
  nothing(t, a);
  t.equal(getsockopt(a, C.SOL_SOCKET, C.SO_ERROR), 0);
});

each(unixDatagrams, "a closed receiver is ECONNREFUSED at once", (t, family) => {
  const [a, b, c] = [family.bound(t), family.bound(t), family.socket(t)];
  const there = getsockname(b);
  connect(a, there);
  closeNow(b);
  t.throws(() => say(a, "anybody?"), { code: "ECONNREFUSED" });
  t.throws(() => say(a, "anybody?"), { code: "ENOTCONN" }, "and the peer is forgotten");
  t.throws(() => sayTo(c, "anybody?", there), { code: "ECONNREFUSED" });
  const never = "path" in there ? "ENOENT" : "ECONNREFUSED";
  t.throws(() => sayTo(c, "anybody?", family.address()), { code: never });
});

each(unix, "a full queue is -EAGAIN, and one message less makes room", (t, family) => {
  const [a, b] = family.connected(t);
  t.ok(fill(a, [100]) > 0);
  t.equal(polled(a, C.POLLOUT, 0), 0);
  t.equal(send(a, buffer, 100, C.MSG_DONTWAIT), -C.EAGAIN);
  while (recv(b, buffer, 100, C.MSG_DONTWAIT) === 100);
  t.equal(polled(a, C.POLLOUT), C.POLLOUT);
  t.equal(send(a, buffer, 100, C.MSG_DONTWAIT), 100);
});

each(
  udp,
  "what the receiver has no room for is lost, and the sender hears nothing",
  (t, family) => {
    const [a, b] = family.connected(t);
    setsockopt(b, C.SOL_SOCKET, C.SO_RCVBUF, 1);
    const sent = 100;
    for (let i = 0; i < sent; i++) t.equal(send(a, buffer, 1000, 0), 1000);
    let received = 0;
    while (recv(b, buffer, 1000, C.MSG_DONTWAIT) === 1000) received++;
    t.ok(received > 0 && received < sent, `${received} of ${sent} arrived`);
  },
);

each(datagrams, "an address of another family is refused", (t, family) => {
  const fd = family.bound(t);
  const other: Address = family.isUnix
    ? { family: C.AF_INET, address: "127.0.0.1", port: 9 }
    : { family: C.AF_UNIX, path: "/nowhere" };
  const refused = (code: string) => ({ code: new RegExp(`^(${code})$`) });
  t.throws(() => sayTo(fd, "x", other), refused("EINVAL|EAFNOSUPPORT"));
  t.throws(() => connect(fd, other), refused("EINVAL|EAFNOSUPPORT"));
  t.throws(() => sayTo(fd, "x", Uint8Array.of(1)), refused("EINVAL"));
  if (!family.isUnix) return;
  t.throws(() => sayTo(fd, "x", { family: C.AF_UNIX }), refused("EINVAL"), "no name is no address");
});

each(inet, "nobody has port 0", (t, family) => {
  const fd = family.socket(t);
  const zero = family.address();
  if (family.isTcp) t.throws(() => connect(fd, zero), { code: "ECONNREFUSED" });
  else t.throws(() => sayTo(fd, "x", zero), { code: "EINVAL" });
});

leavesNoFd(t);
