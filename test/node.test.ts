// Sockets go over to Node and come back: who owns them, who closes them, what Node refuses.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectNode, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import t, { type Test } from "tap";
import * as C from "../lib/constants.ts";
import { connectTcp, listenTcp, writeAll } from "../lib/net.ts";
import * as node from "../lib/node.ts";
import type { InetAddress } from "../lib/sockaddr.ts";
import { close, fcntl, read } from "../lib/sys/file.ts";
import { recv, sendto } from "../lib/sys/message.ts";
import { accept, bind, getsockname, socket, socketpair } from "../lib/sys/socket.ts";
import { closing, leavesNoFd } from "./helpers/fds.ts";

const loopback = (port = 0): InetAddress => ({ family: C.AF_INET, address: "127.0.0.1", port });
const portOf = (fd: number) => (getsockname(fd) as InetAddress).port;
const isOpen = (fd: number) => {
  try {
    return fcntl(fd, C.F_GETFD) >= 0;
  } catch {
    return false;
  }
};
const pair = (type: number) => socketpair(C.AF_UNIX, type | C.SOCK_CLOEXEC, 0);
const text = (size: number, fd: number) => {
  const bytes = Buffer.alloc(size);
  return bytes.toString("latin1", 0, read(fd, bytes, size));
};

t.test("a unix socket becomes a net.Socket, which closes it", async (t) => {
  const [left, right] = pair(C.SOCK_STREAM);
  const adopted = node.adoptSocket(left);
  writeAll(right, Buffer.from("to node"));
  const [data] = await once(adopted, "data");
  t.equal(String(data), "to node");
  adopted.write("from node");
  t.equal(text(20, right), "from node");
  adopted.destroy();
  await once(adopted, "close");
  t.equal(read(right, Buffer.alloc(1), 1), 0);
  t.notOk(isOpen(left));
  close(right);
});

t.test("a TCP connection becomes a net.Socket", async (t) => {
  const [listenfd] = closing(t, listenTcp("127.0.0.1", 0));
  const clientfd = connectTcp("127.0.0.1", portOf(listenfd));
  const [connfd] = closing(t, accept(listenfd));
  const adopted = node.adoptSocket(clientfd);
  t.strictSame([adopted.remoteAddress, adopted.remotePort], ["127.0.0.1", portOf(listenfd)]);
  adopted.end("bye");
  t.equal(text(20, connfd), "bye");
  adopted.destroy();
  await once(adopted, "close");
});

t.test("a listening socket becomes a net.Server, which closes it", async (t) => {
  const listenfd = listenTcp("127.0.0.1", 0);
  const port = portOf(listenfd);
  const server = node.adoptServer(listenfd);
  const clientfd = connectTcp("127.0.0.1", port);
  const [connection] = (await once(server, "connection")) as [Socket];
  connection.end("hello");
  t.equal(text(20, clientfd), "hello");
  close(clientfd);
  connection.destroy();
  await once(server.close(), "close");
  t.notOk(isOpen(listenfd));
});

t.test("a UDP socket becomes a dgram.Socket, which closes it", async (t) => {
  const fd = socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0);
  bind(fd, loopback());
  const address = getsockname(fd) as InetAddress;
  const adopted = node.adoptDgram(fd);
  t.equal(adopted.address().port, address.port);
  const [sender] = closing(t, socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0));
  sendto(sender, Buffer.from("hi"), 2, 0, address);
  const [message] = await once(adopted, "message");
  t.equal(String(message), "hi");
  await once(adopted.close(), "close");
  t.notOk(isOpen(fd));
});

t.test("what Node does not know is refused, and stays ours", async (t) => {
  const fds = [...closing(t, ...pair(C.SOCK_SEQPACKET)), ...closing(t, ...pair(C.SOCK_DGRAM))];
  for (const fd of fds) {
    t.throws(() => node.adoptSocket(fd), { code: "ERR_INVALID_FD_TYPE" });
    t.throws(() => node.adoptDgram(fd), { code: "ERR_INVALID_FD_TYPE" });
    t.ok(isOpen(fd));
  }
});

/** A connection of Node's own: the end that a server of Node accepted, and ours. */
async function accepted(t: Test, pauseOnConnect: boolean): Promise<[Socket, number, Server]> {
  const server = createServer({ pauseOnConnect }).listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await once(server, "listening");
  const clientfd = connectTcp("127.0.0.1", (server.address() as { port: number }).port);
  const [connection] = (await once(server, "connection")) as [Socket];
  closing(t, clientfd);
  return [connection, clientfd, server];
}

t.test("a connection is taken from Node, and goes on", async (t) => {
  const [connection, clientfd] = await accepted(t, true);
  writeAll(clientfd, Buffer.from("early"));
  const { fd, head } = node.takeSocket(connection);
  closing(t, fd);
  await once(connection, "close");
  t.equal(head.length, 0);
  t.equal(text(20, fd), "early");
  writeAll(fd, Buffer.from("ours now"));
  t.equal(text(20, clientfd), "ours now");
  t.equal(fcntl(fd, C.F_GETFD), C.FD_CLOEXEC);
  t.throws(() => node.takeSocket(connection), /there is no fd/);
});

t.test("what Node had read ahead comes along", async (t) => {
  const [connection, clientfd] = await accepted(t, false);
  connection.once("readable", () => {});
  writeAll(clientfd, Buffer.from("ahead"));
  while (connection.readableLength < 5) await setTimeout(5);
  const { fd, head } = node.takeSocket(connection);
  closing(t, fd);
  t.equal(String(head), "ahead");
  writeAll(clientfd, Buffer.from("later"));
  t.equal(text(20, fd), "later");
});

t.test("bytes that wait to be written are not lost silently", async (t) => {
  const [connection, clientfd] = await accepted(t, true);
  connection.on("error", () => {});
  connection.write(Buffer.alloc(32 << 20));
  t.throws(() => node.takeSocket(connection), /still wait to be written/);
  t.notOk(connection.destroyed);
  connection.destroy();
  await once(connection, "close");
  t.ok(read(clientfd, Buffer.alloc(1), 1) > 0);
});

t.test("a server and a datagram socket are taken from Node", async (t) => {
  const [connection, , server] = await accepted(t, true);
  const { port } = server.address() as { port: number };
  connection.destroy();
  const listenfd = node.takeServer(server);
  closing(t, listenfd);
  await once(server, "close");
  const client = connectNode(port, "127.0.0.1");
  await once(client, "connect");
  const connfd = accept(listenfd);
  close(connfd);
  await once(client.resume(), "close");

  const dgram = createSocket("udp4").bind(0, "127.0.0.1");
  await once(dgram, "listening");
  const address = loopback(dgram.address().port);
  const fd = node.takeDgram(dgram);
  closing(t, fd);
  sendto(fd, Uint8Array.of(7), 1, 0, address);
  const byte = new Uint8Array(1);
  t.equal(recv(fd, byte, 1, 0), 1);
  t.strictSame([...byte], [7]);
  const unbound = createSocket("udp4");
  t.throws(() => node.takeDgram(unbound), /there is no fd/);
  unbound.close();
});

leavesNoFd(t);
