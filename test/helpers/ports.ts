/** Ports for servers that are yet to be started, and that nobody else gets meanwhile. */

import type { Test } from "tap";
import {
  AF_INET,
  EADDRINUSE,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../lib/constants.ts";
import { SyscallError } from "../../lib/errno.ts";
import { close } from "../../lib/sys/file.ts";
import { bind, getsockname, socket } from "../../lib/sys/socket.ts";
import { setsockopt } from "../../lib/sys/sockopt.ts";

/**
 * A port of 127.0.0.1, and the one behind it, until the test ends. Sockets of ours are bound to
 * them and do not listen: the kernel gives such a port to nobody, but lets a server bind it that
 * sets SO_REUSEADDR as well, or SO_REUSEPORT. See ip(7), socket(7).
 */
export function reservePort(t: Test): number {
  for (;;) {
    const fd = bound(0) as number;
    const { port } = getsockname(fd) as { port: number };
    const next = port < 65535 ? bound(port + 1) : undefined;
    t.teardown(() => [fd, next].map((each) => each !== undefined && close(each)));
    if (next !== undefined) return port;
  }
}

function bound(port: number): number | undefined {
  const fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    bind(fd, { family: AF_INET, address: "127.0.0.1", port });
  } catch (error) {
    close(fd);
    if (error instanceof SyscallError && -error.errno === EADDRINUSE) return undefined;
    throw error;
  }
  for (const option of [SO_REUSEADDR, SO_REUSEPORT]) setsockopt(fd, SOL_SOCKET, option, 1);
  return fd;
}
