// Waking a loop from another thread: an eventfd, and a token that any thread may hold.
//
// The token is plain data with shared memory, so postMessage and workerData carry it to a worker.
// The memory says whether the loop is still there: an fd number alone could be someone else's by
// then. See eventfd(2); loop.onWake() makes tokens.
import { EFD_CLOEXEC, EFD_NONBLOCK } from "./constants.ts";
import { close, disownFd, read, write } from "./sys/file.ts";
import { eventfd } from "./sys/wake.ts";

/** Who has it may wake the loop that made it. */
export interface WakeToken {
  readonly fd: number;
  /** Shared by all threads: whether the fd is closed, how many write to it, whether one did. */
  readonly state: Int32Array;
}

// What the numbers of `state` are.
const CLOSED = 0;
const WRITERS = 1;
const PENDING = 2;
const STATE_LENGTH = 3;

const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);

/**
 * Wakes the loop that made `token`, from any thread; however often before it wakes, it is one
 * wake-up. False if the loop has closed it: then nothing happens.
 */
export function wake({ fd, state }: WakeToken): boolean {
  // From here to the end of the write the owner does not close the fd.
  Atomics.add(state, WRITERS, 1);
  try {
    if (Atomics.load(state, CLOSED) === 1) return false;
    if (Atomics.exchange(state, PENDING, 1) === 0) write(fd, ONE, ONE.length);
    return true;
  } finally {
    Atomics.sub(state, WRITERS, 1);
    Atomics.notify(state, WRITERS);
  }
}

/** A thread that was terminated while it wrote never says that it is done. */
const LONGEST_WRITE_MS = 100;

/**
 * The loop's end of a token. A worker that is terminated before its loop is closed leaves the
 * eventfd open: whoever has the token may be about to write to it.
 */
export class Wakeups {
  readonly token: WakeToken = {
    fd: eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    state: new Int32Array(new SharedArrayBuffer(STATE_LENGTH * Int32Array.BYTES_PER_ELEMENT)),
  };
  readonly #woken: () => void;
  readonly #count = new Uint8Array(ONE.length);

  constructor(woken: () => void) {
    this.#woken = woken;
    disownFd(this.fd);
  }

  get fd(): number {
    return this.token.fd;
  }

  /** Who finds PENDING set after the read needs no write: `woken` comes after both. */
  ready(): void {
    read(this.fd, this.#count, this.#count.length);
    Atomics.store(this.token.state, PENDING, 0);
    this.#woken();
  }

  /** Waits for threads in the middle of their one system call, then closes the eventfd. */
  close(): void {
    const { state } = this.token;
    Atomics.store(state, CLOSED, 1);
    for (let n = Atomics.load(state, WRITERS); n > 0; n = Atomics.load(state, WRITERS)) {
      if (Atomics.wait(state, WRITERS, n, LONGEST_WRITE_MS) === "timed-out") return;
    }
    close(this.fd);
  }
}
