// The matrix: ends of connections, in one direction, in both, in order and by a reset, and what
// each side sees of it. See shutdown(2), close(2), tcp(7), unix(7), poll(2).
import t from "tap";
import * as C from "../../../lib/constants.ts";
import { readExactly, writeAll } from "../../../lib/net.ts";
import { setLinger, takeSocketError, tcpInfo } from "../../../lib/options.ts";
import { dup, read, write } from "../../../lib/sys/file.ts";
import { recv, send } from "../../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../../lib/sys/msghdr.ts";
import { accept, connect, getpeername, getsockname, shutdown } from "../../../lib/sys/socket.ts";
import { failsWith } from "../../helpers/errors.ts";
import { closeNow, leavesNoFd } from "../../helpers/fds.ts";
import { endWorker, startWorker } from "../../helpers/workers.ts";
import { each, families } from "./families.ts";
import { fill, polled } from "./wait.ts";

const connectionOriented = families.filter(({ isConnectionOriented }) => isConnectionOriented);
const streams = families.filter(({ isStream }) => isStream);
const tcp = families.filter(({ isTcp }) => isTcp);
const udp = families.filter(({ isUdp }) => isUdp);
const unix = families.filter(({ isUnix }) => isUnix);
const unixConnected = connectionOriented.filter(({ isUnix }) => isUnix);
const unixDatagrams = unix.filter(({ isConnectionOriented }) => !isConnectionOriented);
const { SHUT_RD, SHUT_WR, SHUT_RDWR } = C;
const buffer = Buffer.alloc(65536);
const say = (fd: number, words: string) => send(fd, Buffer.from(words), words.length, 0);
const hear = (fd: number) => buffer.toString("latin1", 0, recv(fd, buffer, 99, 0));
const ALL = C.POLLIN | C.POLLOUT | C.POLLPRI | C.POLLRDHUP;
/** Where a write finds out that the peer is gone. */
const BROKEN = { code: "EPIPE" };

each(connectionOriented, "SHUT_WR ends one direction, behind what was sent", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "last words");
  t.equal(shutdown(clientfd, SHUT_WR), 0);
  failsWith(t, "EPIPE", `fd ${clientfd}`, () => say(clientfd, "more"));
  failsWith(t, "EPIPE", `fd ${clientfd}`, () => write(clientfd, buffer, 1));
  failsWith(t, "EPIPE", `fd ${clientfd}`, () => sendmsg(clientfd, { buffers: [buffer] }, 0));
  t.equal(hear(serverfd), "last words");
  for (let i = 0; i < 3; i++) t.equal(recv(serverfd, buffer, 9, 0), 0, "the end stays");
  t.equal(read(serverfd, buffer, 9), 0);
  t.equal(recvmsg(serverfd, new MessageHeader([buffer]), 0), 0);
  t.equal(say(serverfd, "go on"), 5);
  t.equal(hear(clientfd), "go on");
});

each(streams, "a question ends by half-close, the answer by the other half", async (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const [worker] = await startWorker(
    `post("ready");
    const buffer = new Uint8Array(1 << 18);
    let n = 0;
    for (let m = 1; m > 0; n += m) m = calls.recv(workerData, buffer, buffer.length - n, 0, n);
    for (let i = 0; i < n; i++) buffer[i] ^= 0xff;
    for (let i = 0; i < n; ) i += calls.send(workerData, buffer, n - i, 0, i);
    calls.shutdown(workerData, constants.SHUT_WR);`,
    serverfd,
  );
  const question = Buffer.alloc(200_000, "half");
  const answer = Buffer.alloc(question.length + 1);
  writeAll(clientfd, question);
  shutdown(clientfd, SHUT_WR);
  t.equal(readExactly(clientfd, answer, answer.length), question.length);
  t.ok(question.every((byte, i) => answer[i] === (byte ^ 0xff)));
  await endWorker(worker);
});

each(connectionOriented, "poll tells one half from both", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.equal(polled(serverfd, ALL), C.POLLOUT);
  shutdown(clientfd, SHUT_WR);
  t.equal(polled(serverfd, C.POLLRDHUP), C.POLLRDHUP);
  t.equal(polled(serverfd, ALL), C.POLLIN | C.POLLOUT | C.POLLRDHUP);
  t.equal(polled(clientfd, ALL), C.POLLOUT, "the one who did it can write, and gets EPIPE");
  shutdown(serverfd, SHUT_WR);
  t.equal(polled(clientfd, C.POLLRDHUP) & C.POLLRDHUP, C.POLLRDHUP);
  for (const fd of [clientfd, serverfd]) {
    t.equal(polled(fd, ALL), C.POLLIN | C.POLLOUT | C.POLLRDHUP | C.POLLHUP);
  }
});

each(tcp, "TCP's states follow the halves", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  const states = () => [tcpInfo(clientfd).state, tcpInfo(serverfd).state];
  t.strictSame(states(), [C.TCP_ESTABLISHED, C.TCP_ESTABLISHED]);
  shutdown(clientfd, SHUT_WR);
  polled(serverfd, C.POLLRDHUP);
  say(serverfd, "acknowledged");
  hear(clientfd);
  t.strictSame(states(), [C.TCP_FIN_WAIT2, C.TCP_CLOSE_WAIT]);
  shutdown(serverfd, SHUT_WR);
  polled(clientfd, C.POLLRDHUP);
  polled(serverfd, 0);
  t.equal(tcpInfo(serverfd).state, C.TCP_CLOSE);
  failsWith(t, "ENOTCONN", `fd ${serverfd}`, () => shutdown(serverfd, SHUT_WR));
});

each(
  tcp,
  "SHUT_RD gives what has come, then the end, and the peer does not notice",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    say(clientfd, "came");
    polled(serverfd, C.POLLIN);
    t.equal(shutdown(serverfd, SHUT_RD), 0);
    t.equal(hear(serverfd), "came");
    t.equal(recv(serverfd, buffer, 9, 0), 0);
    t.equal(say(clientfd, "after it"), 8);
    t.equal(say(serverfd, "back"), 4);
    t.equal(hear(clientfd), "back");
  },
);

each(
  unixConnected,
  "SHUT_RD gives what has come, then the end, and the peer gets EPIPE",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    say(clientfd, "came");
    t.equal(shutdown(serverfd, SHUT_RD), 0);
    t.equal(hear(serverfd), "came");
    t.equal(recv(serverfd, buffer, 9, 0), 0);
    t.throws(() => say(clientfd, "after it"), BROKEN);
    t.equal(say(serverfd, "back"), 4);
    t.equal(hear(clientfd), "back");
  },
);

each(connectionOriented, "SHUT_RDWR ends both directions", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "last");
  t.equal(shutdown(clientfd, SHUT_RDWR), 0);
  t.throws(() => say(clientfd, "more"), BROKEN);
  t.equal(recv(clientfd, buffer, 9, 0), 0);
  t.equal(hear(serverfd), "last");
  t.equal(recv(serverfd, buffer, 9, 0), 0);
  t.equal(polled(clientfd, ALL) & C.POLLRDHUP, C.POLLRDHUP);
  if (family.isUnix) t.throws(() => say(serverfd, "back"), BROKEN);
});

each(
  connectionOriented,
  "shutdown acts through every duplicate, close through none",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    const copyfd = dup(clientfd);
    t.equal(shutdown(copyfd, SHUT_WR), 0);
    t.throws(() => say(clientfd, "more"), BROKEN);
    t.equal(recv(serverfd, buffer, 9, 0), 0);
    t.equal(say(serverfd, "back"), 4);
    t.equal(hear(copyfd), "back");
    t.equal(polled(serverfd, C.POLLIN) & C.POLLHUP, 0);
    closeNow(copyfd);
    t.equal(polled(serverfd, C.POLLIN) & C.POLLHUP, 0, "clientfd is still open");
  },
);

each(families, "shutdown wakes a thread that waits, as close would not", async (t, family) => {
  const [fd] = family.connected(t);
  const [worker] = await startWorker(
    `post("ready");
    post(calls.recv(workerData, new Uint8Array(1), 1, 0, 0));`,
    fd,
  );
  const said = new Promise((resolve) => worker.once("message", resolve));
  polled(fd, 0, 30);
  shutdown(fd, SHUT_RD);
  t.equal(await said, 0);
  await endWorker(worker);
});

each(connectionOriented, "shutdown of a listener ends accept", (t, family) => {
  const listenfd = family.listener(t);
  const name = getsockname(listenfd);
  t.equal(shutdown(listenfd, SHUT_RD), 0);
  t.throws(() => accept(listenfd), { code: "EINVAL" });
  t.throws(() => connect(family.socket(t), name), { code: "ECONNREFUSED" });
});

each(families, "shutdown knows three directions, and needs a connection", (t, family) => {
  const [connected] = family.connected(t);
  for (const how of [3, -1, 2 ** 31 - 1]) {
    failsWith(t, "EINVAL", `fd ${connected}`, () => shutdown(connected, how));
  }
  const fd = family.socket(t);
  const alone = () => shutdown(fd, SHUT_RDWR);
  if (family.isUnix) t.equal(alone(), 0, "unix sockets do not mind");
  else failsWith(t, "ENOTCONN", `fd ${fd}`, alone);
});

each(udp, "shutdown of a datagram socket is its own affair", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(shutdown(a, SHUT_WR), 0);
  failsWith(t, "EPIPE", `fd ${a}`, () => say(a, "more"));
  t.equal(recv(b, buffer, 9, C.MSG_DONTWAIT), -C.EAGAIN, "the peer hears of no end");
  t.equal(say(b, "hello"), 5);
  t.equal(hear(a), "hello");
  t.equal(shutdown(a, SHUT_RD), 0);
  t.equal(recv(a, buffer, 9, 0), 0);
});

each(unixDatagrams, "shutdown of a datagram socket is felt by both", (t, family) => {
  const [a, b] = family.connected(t);
  t.equal(shutdown(a, SHUT_WR), 0);
  failsWith(t, "EPIPE", `fd ${a}`, () => say(a, "more"));
  t.equal(say(b, "hello"), 5);
  t.equal(hear(a), "hello");
  t.equal(shutdown(a, SHUT_RD), 0);
  t.equal(recv(a, buffer, 9, 0), 0);
  t.throws(() => say(b, "hello"), { code: /^(EPIPE|ECONNREFUSED)$/ });
});

each(
  connectionOriented,
  "who closes after reading everything leaves an orderly end",
  (t, family) => {
    const [clientfd, serverfd] = family.connected(t);
    say(clientfd, "question");
    t.equal(hear(serverfd), "question");
    say(serverfd, "answer");
    closeNow(serverfd);
    t.equal(hear(clientfd), "answer");
    t.equal(recv(clientfd, buffer, 9, 0), 0);
    t.equal(polled(clientfd, C.POLLRDHUP), C.POLLRDHUP | (family.isUnix ? C.POLLHUP : 0));
    t.equal(takeSocketError(clientfd, "close"), undefined);
  },
);

each(tcp, "a write to a closed peer is answered by a reset, the next is EPIPE", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  closeNow(serverfd);
  t.equal(recv(clientfd, buffer, 9, 0), 0);
  t.equal(say(clientfd, "anybody?"), 8);
  t.equal(polled(clientfd, C.POLLHUP) & C.POLLHUP, C.POLLHUP);
  t.throws(() => say(clientfd, "anybody?"), BROKEN);
  t.throws(() => write(clientfd, buffer, 1), BROKEN, "and no signal");
});

each(unixConnected, "a write to a closed peer is EPIPE at once", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  closeNow(serverfd);
  t.throws(() => say(clientfd, "anybody?"), BROKEN);
  t.throws(() => write(clientfd, buffer, 1), BROKEN, "and no signal");
  t.equal(recv(clientfd, buffer, 9, 0), 0);
  t.equal(polled(clientfd, C.POLLHUP) & C.POLLHUP, C.POLLHUP);
});

each(connectionOriented, "who closes with bytes unread resets the connection", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(clientfd, "never read");
  polled(serverfd, C.POLLIN);
  closeNow(serverfd);
  t.equal(polled(clientfd, C.POLLIN) & C.POLLERR, C.POLLERR);
  failsWith(t, "ECONNRESET", `fd ${clientfd}`, () => recv(clientfd, buffer, 9, 0));
  t.equal(recv(clientfd, buffer, 9, 0), 0, "it is told once");
  t.throws(() => say(clientfd, "anybody?"), BROKEN);
});

each(tcp, "lingering for no time resets the connection, and what was sent is lost", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(serverfd, "read before");
  t.equal(hear(clientfd), "read before");
  say(serverfd, "lost");
  polled(clientfd, C.POLLIN);
  setLinger(serverfd, 0);
  closeNow(serverfd);
  const events = C.POLLIN | C.POLLRDHUP | C.POLLHUP | C.POLLERR;
  t.equal(polled(clientfd, C.POLLHUP) & C.POLLHUP, C.POLLHUP);
  t.equal(polled(clientfd, C.POLLIN | C.POLLRDHUP), events);
  t.match(takeSocketError(clientfd, "read"), { code: "ECONNRESET" });
  t.throws(() => getpeername(clientfd), { code: "ENOTCONN" });
  t.throws(() => say(clientfd, "anybody?"), BROKEN);
});

each(tcp, "a reset reaches a writer as ECONNRESET, and then as EPIPE", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  setLinger(serverfd, 0);
  closeNow(serverfd);
  t.equal(polled(clientfd, C.POLLHUP) & C.POLLHUP, C.POLLHUP);
  failsWith(t, "ECONNRESET", `fd ${clientfd}`, () => say(clientfd, "anybody?"));
  failsWith(t, "EPIPE", `fd ${clientfd}`, () => say(clientfd, "anybody?"));
});

each(unixConnected, "lingering means nothing to unix sockets", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  say(serverfd, "kept");
  setLinger(serverfd, 0);
  closeNow(serverfd);
  t.equal(hear(clientfd), "kept");
  t.equal(recv(clientfd, buffer, 9, 0), 0);
});

each(tcp, "lingering for a time makes close wait for the peer, and not longer", (t, family) => {
  const [clientfd] = family.connected(t);
  fill(clientfd);
  setLinger(clientfd, 1);
  const before = performance.now();
  closeNow(clientfd);
  t.ok(performance.now() - before >= 900);
});

each(tcp, "connect to AF_UNSPEC resets the connection and makes the socket new", (t, family) => {
  const listenfd = family.listener(t);
  const [clientfd, serverfd] = family.meet(t, listenfd);
  t.equal(connect(clientfd, new Uint8Array(16)), 0);
  t.throws(() => getpeername(clientfd), { code: "ENOTCONN" });
  failsWith(t, "ECONNRESET", `fd ${serverfd}`, () => recv(serverfd, buffer, 9, 0));
  t.equal(connect(clientfd, getsockname(listenfd)), 0);
});

each(unixConnected, "connect to AF_UNSPEC is refused", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  t.throws(() => connect(clientfd, new Uint8Array(16)), { code: /^(EINVAL|EISCONN)$/ });
  say(clientfd, "still");
  t.equal(hear(serverfd), "still");
});

leavesNoFd(t);
