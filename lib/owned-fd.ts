// OwnedFd: an fd with one owner, for who wants that. The calls take numbers; this is optional.
//
//   using listenfd = new OwnedFd(listenTcp("127.0.0.1", 0));
//   listen(listenfd.fd, 16);   // closed at the end of the block, however it ends
// An owner that is forgotten is only reported: nobody closes an fd behind the program's back.
// See close(2), and process.on("warning") of Node.
import { close } from "./sys/file.ts";

/** What remains of an owner for its obituary. */
interface Trace {
  readonly fd: number;
  readonly stack: string | undefined;
}

const forgotten = new FinalizationRegistry<Trace>(({ fd, stack }) => {
  process.emitWarning(`fd ${fd} was neither closed nor released by its OwnedFd`, {
    type: "FdLeakWarning",
    code: "FDKIT_LEAK",
    detail: stack ?? "OwnedFd.keepStacks = true tells where it was made",
  });
});

/** The owner of an fd: closes it once, or hands it on. Belongs to the thread it was made in. */
export class OwnedFd implements Disposable {
  /** Whether owners made from now on remember where, for the warning; it costs a stack each. */
  static keepStacks = false;

  #fd: number | undefined;

  /** Takes `fd`, which nobody else may close from now on. */
  constructor(fd: number) {
    if (!Number.isInteger(fd) || fd < 0) {
      throw new RangeError(`fd must be an integer from 0 on, not ${String(fd)}`);
    }
    this.#fd = fd;
    const stack = OwnedFd.keepStacks ? new Error("made here").stack : undefined;
    forgotten.register(this, { fd, stack }, this);
  }

  /** The number, to be passed to a call. An Error after close() and release(). */
  get fd(): number {
    if (this.#fd === undefined) throw new Error("the fd was closed or released");
    return this.#fd;
  }

  /** Whether there is an fd to close. */
  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Gives the fd away: the caller closes it. An Error if there is none any more. */
  release(): number {
    const { fd } = this;
    this.#forget();
    return fd;
  }

  /** Closes the fd; nothing where that was done before. Errors of close(2): it is closed anyway. */
  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#forget();
    close(fd);
  }

  /** The end of a block that has it with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #forget(): void {
    this.#fd = undefined;
    forgotten.unregister(this);
  }
}
