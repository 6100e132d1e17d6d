// Messages with all that belongs to them: recvmsg, sendmsg. Answers and errors as in socket.ts.
//
// A MessageHeader is C's struct msghdr: made once, it serves any number of calls. File descriptors
// that arrive in control data are open from then on, and belong to the header until they are taken.
// MSG_CMSG_CLOEXEC is always added, so that no child inherits one; fcntl(2) can undo that.
// See also mmsghdr.ts for many messages at once, ../cmsg.ts for what control data says.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import { type Address, encodeAddress, formatAddress, SockaddrStorage } from "../sockaddr.ts";

// The numbers that the kernel sets, as native/msghdr.cc has them.
const NAMELEN = 0;
const CONTROLLEN = 1;
const FLAGS = 2;
const FDS = 3;

/** What sendmsg() sends. A MessageHeader is one; so is an object made for one call. */
export interface Message {
  /** The bytes, gathered from at most 1024 buffers. */
  readonly buffers: readonly Uint8Array[];
  /** Where to; nothing on a connected socket. */
  readonly name?: SockaddrStorage | Address | Uint8Array | null;
  /** Control messages: see encodeControl() in cmsg.ts. */
  readonly control?: Uint8Array | null;
  /** How many bytes of `control` are meant: all of them, unless said otherwise. */
  readonly controlLength?: number;
}

/** `struct msghdr`, reusable: what recvmsg() fills, and sendmsg() sends as well. See recvmsg(2). */
export class MessageHeader implements Message {
  /** Where the bytes are put, one buffer after the other: at most 1024. */
  buffers: readonly Uint8Array[];
  /** Where the sender's address is put, or null. */
  readonly name: SockaddrStorage | null;
  /** Where control messages are put, or null. Too little room for them is MSG_CTRUNC, no error. */
  readonly control: Uint8Array | null;
  /** How many bytes of `control` are in use. */
  controlLength = 0;
  /** What the kernel said of the message: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  flags = 0;
  readonly #fds: Int32Array;
  readonly #received = new Int32Array(4);

  constructor(
    buffers: readonly Uint8Array[],
    control: Uint8Array | null = null,
    name: SockaddrStorage | null = null,
  ) {
    this.buffers = buffers;
    this.control = control;
    this.name = name;
    this.#fds = new Int32Array((control?.length ?? 0) / Int32Array.BYTES_PER_ELEMENT);
  }

  /** The fds that came with the last message, by SCM_RIGHTS or SCM_PIDFD: now the caller's. */
  takeFds(): number[] {
    const fds = [...this.#fds.subarray(0, this.#received[FDS])];
    this.#received[FDS] = 0;
    return fds;
  }

  /** Closes the fds that nobody took. recvmsg() does so first; after the last it is up to you. */
  closeFds(): void {
    for (const fd of this.takeFds()) answer(calls.close(fd), "close", fd);
  }

  /** recvmsg(2) into this header: for recvmsg() below. */
  receive(fd: number, flags: number): number {
    if (this.#received[FDS] > 0) this.closeFds();
    const { buffers, name, control } = this;
    const bytes = name === null ? null : name.bytes;
    const n = calls.recvmsg(fd, buffers, bytes, control, this.#fds, this.#received, flags);
    if (n >= 0) this.#report();
    return n;
  }

  #report(): void {
    if (this.name !== null) this.name.length = this.#received[NAMELEN];
    this.controlLength = this.#received[CONTROLLEN];
    this.flags = this.#received[FLAGS];
  }
}

/**
 * `ssize_t recvmsg(int fd, struct msghdr *msg, int flags)`: bytes received, scattered over
 * `message.buffers`; with MSG_TRUNC among `flags`, a datagram's true length. 0 at a stream's end.
 * Fds of the previous message that nobody took are closed first. -EAGAIN where there is nothing
 * yet: then `message` is as it was. ECONNRESET, ECONNREFUSED, ENOTCONN, EBADF. See recvmsg(2).
 */
export function recvmsg(fd: number, message: MessageHeader, flags: number): number {
  return answer(message.receive(fd, flags), "recvmsg", fd);
}

/**
 * `ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)`: bytes taken by the kernel, the
 * control data with the first of them. Fds in control data are duplicated: ours stay open.
 * MSG_NOSIGNAL is always added. With MSG_ZEROCOPY the kernel reads the buffers later: leave them
 * alone, referenced and attached, until the completion has come (zerocopyCompletion() in
 * cmsg-types.ts). -EAGAIN where there is no room. EPIPE, EMSGSIZE, EINVAL (bad control data),
 * ETOOMANYREFS, EBADF. See sendmsg(2).
 */
export function sendmsg(fd: number, message: Message, flags: number): number {
  const { buffers, control = null } = message;
  const { name = null } = message;
  const bytes = nameBytes(name);
  const namelen = name instanceof SockaddrStorage ? name.length : (bytes?.length ?? 0);
  const controllen = message.controlLength ?? control?.length ?? 0;
  const n = calls.sendmsg(fd, buffers, bytes, namelen, control, controllen, flags);
  return n >= 0 ? n : answer(n, "sendmsg", subject(fd, name));
}

function nameBytes(name: SockaddrStorage | Address | Uint8Array | null): Uint8Array | null {
  if (name === null) return null;
  return name instanceof SockaddrStorage ? name.bytes : encodeAddress(name);
}

function subject(fd: number, name: SockaddrStorage | Address | Uint8Array | null): number | string {
  if (name === null) return fd;
  return formatAddress(name instanceof SockaddrStorage ? name.decode() : name);
}
