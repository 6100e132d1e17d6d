// A loop in each of its two ways of running, and socket pairs to keep it busy.
import t, { type Test } from "tap";
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../lib/constants.ts";
import { Loop } from "../../lib/loop.ts";
import { read, write } from "../../lib/sys/file.ts";
import { socketpair } from "../../lib/sys/socket.ts";

/** A loop that lives in one of the two ways until end() is called. */
class Life {
  readonly loop = new Loop();
  readonly way: string;
  #ended = () => {};

  constructor(way: string) {
    this.way = way;
  }

  /** The timer is there for the tests of signals, which alone keep no loop alive. */
  async live(): Promise<void> {
    const hold = this.loop.after(60_000, () => {});
    if (this.way === "run") {
      this.loop.run();
    } else {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
      this.loop.attach();
      await ended;
    }
    hold.cancel();
  }

  end = (): void => {
    this.loop.stop();
    this.#ended();
  };
}

export function bothWays(
  name: string,
  body: (t: Test, life: Life, loop: Loop) => Promise<void>,
): void {
  for (const way of ["run", "attach"]) {
    t.test(`${way}: ${name}`, async (t) => {
      const life = new Life(way);
      t.teardown(() => life.loop.close());
      await body(t, life, life.loop);
    });
  }
}

export const pair = () => socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
export const send = (fd: number, text: string) => write(fd, Buffer.from(text), text.length);
const buffer = Buffer.alloc(1024);
export const receive = (fd: number) =>
  buffer.toString("latin1", 0, Math.max(read(fd, buffer, 1024), 0));
