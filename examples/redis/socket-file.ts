/** The file that a unix socket's address is: removed after use, and before it when it is stale. */

import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import {
  type Address,
  AF_UNIX,
  close,
  connect,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  socket,
} from "fdkit";

/**
 * A server that was killed leaves its file behind, and bind would answer EADDRINUSE. The file goes
 * if it is a socket nobody listens on; anything else is left for bind to complain about.
 */
export function removeStaleSocket(address: Address): void {
  const path = socketPath(address);
  if (path === undefined || !isSocket(path)) return;
  // Not blocking: a server that is alive and does not accept would have us wait for it.
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    connect(fd, address);
  } catch (error) {
    if ((error as { code?: string }).code === "ECONNREFUSED") unlinkSync(path);
  } finally {
    close(fd);
  }
}

/** `mode` as in chmod(2); 0 leaves what the umask gave. */
export function setSocketMode(address: Address, mode: number): void {
  const path = socketPath(address);
  if (path !== undefined && mode !== 0) chmodSync(path, mode);
}

export function removeSocketFile(address: Address): void {
  const path = socketPath(address);
  if (path !== undefined && isSocket(path)) unlinkSync(path);
}

function socketPath(address: Address): string | undefined {
  return "path" in address ? address.path : undefined;
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
