// Many messages in one call: recvmmsg, sendmmsg. Answers and errors as in socket.ts.
//
// A MessageBatch is C's array of struct mmsghdr with the memory it points to: made once, and no
// call allocates anything. Its messages have room of one size, one behind the other in one buffer.
// Fds that arrive belong to the batch until they are taken, as in msghdr.ts.
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import { type Address, decodeAddress, encodeAddress } from "../sockaddr.ts";
import { SIZEOF_SOCKADDR_STORAGE } from "../structs.ts";

// One row of numbers per message, as native/msghdr.cc has it.
const LENGTH = 0;
const NAMELEN = 1;
const CONTROLLEN = 2;
const FLAGS = 3;
const FDS = 4;
const ROW = 5;

const MAX_MESSAGES = 1024;
const MAX_BYTES = 2 ** 30;

/** Room for `capacity` messages of `messageSize` bytes with `controlSize` bytes of control data. */
export class MessageBatch {
  readonly capacity: number;
  /** The memory of each message: bytes are received into it and sent from its beginning. */
  readonly buffers: readonly Uint8Array[];
  /** The control data of each message. */
  readonly controls: readonly Uint8Array[];
  readonly #buffer: Uint8Array;
  readonly #names: Uint8Array;
  readonly #control: Uint8Array;
  readonly #fds: Int32Array;
  readonly #rows: Int32Array;
  /** How many fds fit into the control data of one message. */
  readonly #fdRoom: number;
  #withFds = 0;

  /** At most 1024 messages, which is the kernel's limit, and 1 GiB in all. */
  constructor(capacity: number, messageSize: number, controlSize = 0) {
    checkSize("capacity", capacity, 1, MAX_MESSAGES);
    checkSize("messageSize", messageSize, 0, MAX_BYTES / capacity);
    checkSize("controlSize", controlSize, 0, MAX_BYTES / capacity);
    this.capacity = capacity;
    this.#buffer = new Uint8Array(capacity * messageSize);
    this.#names = new Uint8Array(capacity * SIZEOF_SOCKADDR_STORAGE);
    this.#control = new Uint8Array(capacity * controlSize);
    this.#fds = new Int32Array((capacity * controlSize) / Int32Array.BYTES_PER_ELEMENT);
    this.#rows = new Int32Array(capacity * ROW);
    this.#fdRoom = Math.floor(controlSize / Int32Array.BYTES_PER_ELEMENT);
    this.buffers = divide(this.#buffer, capacity);
    this.controls = divide(this.#control, capacity);
  }

  /** How many bytes message `i` has: more than its room if it was cut and MSG_TRUNC asked so. */
  length(i: number): number {
    return this.#rows[this.#row(i) + LENGTH];
  }

  /** Says that message `i` to be sent is the first `length` bytes of its buffer. */
  setLength(i: number, length: number): void {
    checkSize("length", length, 0, this.buffers[i]?.length ?? 0);
    this.#rows[this.#row(i) + LENGTH] = length;
  }

  /** Who sent message `i`. */
  name(i: number): Address | Uint8Array {
    const at = this.#row(i);
    const first = i * SIZEOF_SOCKADDR_STORAGE;
    const room = this.#names.subarray(first, first + SIZEOF_SOCKADDR_STORAGE);
    return decodeAddress(room, this.#rows[at + NAMELEN]);
  }

  /** Where message `i` goes: null on a connected socket. After a receive it is who sent it. */
  setName(i: number, name: Address | Uint8Array | null): void {
    const at = this.#row(i);
    const bytes = name === null ? new Uint8Array(0) : encodeAddress(name);
    checkSize("the size of name", bytes.length, 0, SIZEOF_SOCKADDR_STORAGE);
    this.#names.set(bytes, i * SIZEOF_SOCKADDR_STORAGE);
    this.#rows[at + NAMELEN] = bytes.length;
  }

  /** How many bytes of `controls[i]` are in use. */
  controlLength(i: number): number {
    return this.#rows[this.#row(i) + CONTROLLEN];
  }

  /** Says that message `i` to be sent has the first `length` bytes of its control data. */
  setControlLength(i: number, length: number): void {
    checkSize("length", length, 0, this.controls[i]?.length ?? 0);
    this.#rows[this.#row(i) + CONTROLLEN] = length;
  }

  /** What the kernel said of message `i`: MSG_TRUNC, MSG_CTRUNC, ... */
  flags(i: number): number {
    return this.#rows[this.#row(i) + FLAGS];
  }

  /** The fds that came with message `i`: now the caller's. */
  takeFds(i: number): number[] {
    const at = this.#row(i) + FDS;
    const first = i * this.#fdRoom;
    const fds = [...this.#fds.subarray(first, first + this.#rows[at])];
    this.#rows[at] = 0;
    return fds;
  }

  /** Closes the fds that nobody took. recvmmsg() does so first; after the last it is up to you. */
  closeFds(): void {
    for (let i = 0; i < this.#withFds; i++) {
      if (this.#rows[i * ROW + FDS] === 0) continue;
      for (const fd of this.takeFds(i)) answer(calls.close(fd), "close", fd);
    }
    this.#withFds = 0;
  }

  /** recvmmsg(2) into this batch: for recvmmsg() below. */
  receive(fd: number, vlen: number, flags: number): number {
    this.closeFds();
    const n = calls.recvmmsg(
      fd,
      this.#buffer,
      this.#names,
      this.#control,
      this.#fds,
      this.#rows,
      this.capacity,
      vlen,
      flags,
    );
    if (n > 0 && this.#control.length > 0) this.#withFds = n;
    return n;
  }

  /** sendmmsg(2) from this batch: for sendmmsg() below. */
  send(fd: number, vlen: number, flags: number, first: number): number {
    return calls.sendmmsg(
      fd,
      this.#buffer,
      this.#names,
      this.#control,
      this.#fds,
      this.#rows,
      this.capacity,
      vlen,
      flags,
      first,
    );
  }

  #row(i: number): number {
    checkSize("i", i, 0, this.capacity - 1);
    return i * ROW;
  }
}

function checkSize(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = `${min} to ${Math.floor(max)}`;
  throw new RangeError(`MessageBatch: ${what} must be an integer from ${range}, not ${value}`);
}

/** `count` views of equal size on `bytes`. */
function divide(bytes: Uint8Array, count: number): Uint8Array[] {
  const size = bytes.length / count;
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/**
 * `int recvmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags, NULL)`: how many
 * messages came, at most `vlen`. It blocks until that many have, unless `flags` has MSG_WAITFORONE
 * or MSG_DONTWAIT. There is no timeout: the kernel's does not end a wait (BUGS in recvmmsg(2)).
 * -EAGAIN where there is none. EBADF, ENOTCONN, ECONNREFUSED. See recvmmsg(2).
 */
export function recvmmsg(fd: number, batch: MessageBatch, vlen: number, flags: number): number {
  return answer(batch.receive(fd, vlen, flags), "recvmmsg", fd);
}

/**
 * `int sendmmsg(int fd, struct mmsghdr *msgvec, unsigned int vlen, int flags)`: how many of the
 * `vlen` messages from `first` on were sent. Fewer means that the next one has no room or an error:
 * send on from there. MSG_NOSIGNAL is always added. -EAGAIN where there is no room for any.
 * EBADF, EDESTADDRREQ, EMSGSIZE, ECONNREFUSED. `first` is ours and last: C would write
 * `msgvec + first`. See sendmmsg(2).
 */
export function sendmmsg(
  fd: number,
  batch: MessageBatch,
  vlen: number,
  flags: number,
  first = 0,
): number {
  return answer(batch.send(fd, vlen, flags, first), "sendmmsg", fd);
}
