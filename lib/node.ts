// Between our fds and Node's own sockets: net.Socket, net.Server, dgram.Socket.
//
// adopt…(fd): Node owns the fd from then on, sets O_NONBLOCK and closes it; take it out of any Loop
// before, and never close it. take…(object): the fd returned is a new one, the caller's to close,
// for the same socket; Node's object is destroyed, and closes its own. Either way the connection
// goes on. A socket cannot be watched by both: what the one has read, the other never sees.
// See fcntl(2) on F_DUPFD_CLOEXEC, and Node's documentation of net and dgram.
import { createSocket, type Socket as DgramSocket } from "node:dgram";
import { createServer, type Server, Socket } from "node:net";
import { AF_INET6, F_DUPFD_CLOEXEC, SO_DOMAIN, SOL_SOCKET } from "./constants.ts";
import { disownFd, fcntl } from "./sys/file.ts";
import { getsockopt } from "./sys/sockopt.ts";

/** Node's objects tell their fd by their handle: in no document, and yet since Node 0.8. */
type Handle = { readonly fd: number } | null | undefined;

/** The socket of a connection, and what Node had read of it already and nobody had taken. */
export interface TakenSocket {
  readonly fd: number;
  readonly head: Uint8Array;
}

/**
 * A net.Socket of a connected stream socket: TCP, or unix. It is paused until somebody listens to
 * "data". Node throws ERR_INVALID_FD_TYPE for what is neither (datagrams, SOCK_SEQPACKET, files),
 * and EEXIST where its loop watches the fd already; the fd is then still the caller's.
 */
export function adoptSocket(fd: number): Socket {
  const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
  disownFd(fd);
  return socket;
}

/**
 * A net.Server of a listening stream socket; connections come by "connection". Node calls listen(2)
 * once more, with its own backlog of 511. An error, such as EINVAL for a socket that is not bound
 * or that is connected, is an "error" event; the fd is closed with the server.
 */
export function adoptServer(listenfd: number): Server {
  const server = createServer().listen({ fd: listenfd });
  disownFd(listenfd);
  return server;
}

/**
 * A dgram.Socket of a UDP socket that is bound; "listening" is over when this returns. Datagrams
 * come by "message". Node throws ERR_INVALID_FD_TYPE for unix datagrams, which it does not know,
 * and for what is no datagram socket; the fd is then still the caller's.
 */
export function adoptDgram(fd: number): DgramSocket {
  const isInet6 = getsockopt(fd, SOL_SOCKET, SO_DOMAIN) === AF_INET6;
  const socket = createSocket(isInet6 ? "udp6" : "udp4");
  try {
    socket.bind({ fd, exclusive: true });
  } catch (error) {
    socket.close();
    throw error;
  }
  disownFd(fd);
  return socket;
}

/**
 * The socket behind a net.Socket that is connected; `socket` is destroyed. What Node had read ahead
 * is `head`: take it before the first read. With pauseOnConnect of net.createServer nothing is read
 * ahead. An Error if bytes wait to be written: they would be lost.
 */
export function takeSocket(socket: Socket): TakenSocket {
  if (socket.writableLength > 0) throw new Error("takeSocket: bytes still wait to be written");
  socket.pause();
  const fd = duplicate("takeSocket", handleOf(socket));
  const head: Uint8Array = socket.read() ?? new Uint8Array(0);
  socket.destroy();
  return { fd, head };
}

/** The listening socket of a net.Server, which is closed; connections it made live on with it. */
export function takeServer(server: Server): number {
  const fd = duplicate("takeServer", handleOf(server));
  server.close();
  return fd;
}

/** The socket of a dgram.Socket that is bound; `socket` is closed. */
export function takeDgram(socket: DgramSocket): number {
  const fd = duplicate("takeDgram", dgramHandleOf(socket));
  socket.close();
  return fd;
}

function handleOf(object: Socket | Server): Handle {
  return (object as { _handle?: Handle })._handle;
}

/** Its `_handle` prints a deprecation warning; behind a symbol it is the same. */
function dgramHandleOf(socket: DgramSocket): Handle {
  const symbols = Object.getOwnPropertySymbols(socket);
  const state = symbols.find(({ description }) => description === "state symbol");
  if (state === undefined) return undefined;
  return (socket as unknown as Record<symbol, { handle?: Handle }>)[state]?.handle;
}

function duplicate(what: string, handle: Handle): number {
  const fd = handle?.fd ?? -1;
  if (fd < 0) throw new Error(`${what}: there is no fd, or not yet, or no more`);
  return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
