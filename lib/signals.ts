// Signals as a source of the loop. libuv is the one who may install a handler: Node's process.on()
// uses it too, in any order and from any thread, so the only way to share a signal with Node
// is to be one more of libuv's watchers. Its wake-ups arrive on a private fd.
// Man pages: signal(7), sigaction(2). See also native/wake.cc, loop.ts.

import {
  uvSignalClose,
  uvSignalOpen,
  uvSignalRead,
  uvSignalStart,
  uvSignalStop,
} from "./sys/wake.ts";

type SignalHandler = (signum: number) => void;

/** Linux has signals 1 … 64; each arrives at most once per read. */
const MAX_SIGNALS = 64;

export class Signals {
  readonly fd = uvSignalOpen();
  readonly #handlers = new Map<number, SignalHandler>();
  readonly #arrived = new Uint8Array(MAX_SIGNALS);

  watch(signum: number, fn: SignalHandler): void {
    if (typeof fn !== "function") throw new TypeError("onSignal needs a function");
    if (!this.#handlers.has(signum)) uvSignalStart(this.fd, signum);
    this.#handlers.set(signum, fn);
  }

  unwatch(signum: number): void {
    if (this.#handlers.delete(signum)) uvSignalStop(this.fd, signum);
  }

  ready(): void {
    this.#deliver(0, uvSignalRead(this.fd, this.#arrived));
  }

  close(): void {
    this.#handlers.clear();
    uvSignalClose(this.fd);
  }

  /** A function that throws must not cost the signals behind it. */
  #deliver(i: number, n: number): void {
    if (i === n) return;
    try {
      const signum = this.#arrived[i];
      this.#handlers.get(signum)?.(signum);
    } finally {
      this.#deliver(i + 1, n);
    }
  }
}
