/** What an fd is: each kind of this process, and those of another one. */

import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  CLOCK_MONOTONIC,
  EFD_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_DGRAM,
  SOCK_STREAM,
  TFD_CLOEXEC,
} from "../../lib/constants.ts";
import { type FdInfo, formatFds, listFds, startCounters } from "../../lib/inspect/index.ts";
import { connectTcp, listenTcp } from "../../lib/net.ts";
import { formatAddress } from "../../lib/sockaddr.ts";
import { epoll_create1, epoll_ctl } from "../../lib/sys/epoll.ts";
import { pipe2, write } from "../../lib/sys/file.ts";
import { bind, getsockname, socket, socketpair } from "../../lib/sys/socket.ts";
import { eventfd, timerfd_create, timerfd_settime } from "../../lib/sys/wake.ts";
import { closing, leavesNoFd } from "../helpers/fds.ts";
import { startServer } from "../helpers/redis-server.ts";
import { run } from "../helpers/run.ts";

function describe(fd: number): FdInfo {
  const found = listFds().find((info) => info.fd === fd);
  if (found === undefined) throw new Error(`fd ${fd} is not listed`);
  return found;
}

/** One fd, closed when the test ends. */
const open = (t: Test, fd: number): number => closing(t, fd)[0] as number;

t.test("pipes, counters, timers and files", async (t) => {
  const [r, w] = closing(t, ...pipe2(O_CLOEXEC | O_NONBLOCK));
  t.match(describe(r), {
    kind: "pipe",
    flags: "O_RDONLY|O_NONBLOCK|O_CLOEXEC",
    partners: [w],
    target: /^pipe:\[\d+\]$/,
  });
  t.match(describe(open(t, eventfd(300, EFD_CLOEXEC))), {
    kind: "eventfd",
    count: 300,
    flags: "O_RDWR|O_CLOEXEC",
  });
  const timerfd = open(t, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  t.match(describe(timerfd), { kind: "timerfd", timer: { clock: "CLOCK_MONOTONIC", valueNs: 0 } });
  timerfd_settime(timerfd, 0, 3600e9, 5);
  const { timer } = describe(timerfd);
  t.ok(timer !== undefined && timer.valueNs > 3500e9 && timer.valueNs <= 3600e9);
  t.equal(timer?.intervalNs, 5);
  const path = fileURLToPath(import.meta.url);
  const file = openSync(path, "r");
  t.match(describe(file), { kind: "file", target: path, flags: "O_RDONLY|O_CLOEXEC", position: 0 });
  closeSync(file);
});

t.test("an epoll says whom it watches, for what", async (t) => {
  const [r] = closing(t, ...pipe2(O_CLOEXEC));
  const epfd = open(t, epoll_create1(0));
  t.strictSame(describe(epfd).epoll, []);
  epoll_ctl(epfd, EPOLL_CTL_ADD, r, EPOLLIN | EPOLLET, 0xfffffffe, 7);
  t.strictSame(describe(epfd).epoll, [
    { fd: r, events: "EPOLLIN|EPOLLERR|EPOLLHUP|EPOLLET", data: 0xfffffffe, dataHigh: 7 },
  ]);
});

t.test("TCP sockets have addresses, a state and queues", async (t) => {
  for (const host of ["127.0.0.1", "::1"]) {
    const family = host === "::1" ? "AF_INET6" : "AF_INET";
    const listenfd = open(t, listenTcp(host, 0));
    const address = getsockname(listenfd);
    const { port } = address as { port: number };
    const [type, protocol] = ["SOCK_STREAM", "IPPROTO_TCP"];
    const local = formatAddress(address);
    t.match(describe(listenfd).socket, { family, type, protocol, state: "LISTEN", local });
    const fd = open(t, connectTcp(host, port));
    const name = formatAddress(getsockname(fd));
    t.match(describe(fd).socket, { state: "ESTABLISHED", local: name, peer: local });
    t.equal(describe(listenfd).socket?.receiveQueue, 1, "a connection that nobody accepted");
  }
});

t.test("unix and nameless sockets are told apart", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  write(a, Buffer.from("x"), 1);
  t.match(describe(b).socket, {
    family: "AF_UNIX",
    type: "SOCK_STREAM",
    state: "CONNECTED",
    local: "unnamed",
  });
  const named = open(t, socket(AF_UNIX, SOCK_DGRAM, 0));
  bind(named, { family: AF_UNIX, abstract: Buffer.from(`fdkit-${process.pid}`) });
  t.match(describe(named).socket, { type: "SOCK_DGRAM", local: `@fdkit-${process.pid}` });
});

t.test("looking makes no call that counters or a trace would see", async (t) => {
  const [a] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM, 0));
  const counters = startCounters();
  describe(a);
  counters.stop();
  t.equal(counters.calls.size, 0);
});

t.test("another process shows its fds as far as /proc allows", async (t) => {
  const server = await startServer(t, ["--bind", "127.0.0.1"]);
  const { port } = server.endpoint as { port: number };
  const client = await server.connect();
  t.equal(await client.send("PING\r\n"), "+PONG\r\n");
  const fds = listFds(server.pid);
  const local = `127.0.0.1:${port}`;
  const listener = fds.find(({ socket }) => socket?.state === "LISTEN");
  t.match(listener?.socket, { protocol: "IPPROTO_TCP", local });
  const peer = `127.0.0.1:${client.socket.localPort}`;
  const connection = fds.find(({ socket }) => socket?.peer === peer);
  t.match(connection?.socket, { state: "ESTABLISHED", local });
  const loop = fds.find(({ epoll }) => epoll?.some(({ fd }) => fd === listener?.fd));
  t.ok(
    loop?.epoll?.some(({ fd }) => fd === connection?.fd),
    "both are in the server's epoll",
  );
  t.match(formatFds(fds), new RegExp(`^FD +KIND +STATE +FLAGS +WHAT\n[^]*LISTEN .* ${local}\n`));

  const show = fileURLToPath(new URL("../../dist/lib/inspect/show-fds.js", import.meta.url));
  const shown = await run(t, [process.execPath, show, `${server.pid}`]);
  t.match(shown.output, new RegExp(`ESTABLISHED .* ${local} -> ${peer}\n`));
  await server.stop();
  t.throws(() => listFds(2 ** 31 - 1), { code: "ENOENT" });
  t.throws(() => listFds(-1), RangeError);
  const missing = await run(t, [process.execPath, show, "2147483647"]);
  t.strictSame(missing.ending, [1, null]);
  t.equal(missing.errors, "fdkit: there is no process 2147483647\n");
});

leavesNoFd(t);
