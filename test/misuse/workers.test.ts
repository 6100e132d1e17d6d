/**
 * Workers that load the addon all at once and are terminated inside blocking waits: nothing
 * crashes, hangs or stays open. FDKIT_BATTERY says how many; `npm run test:battery` takes 1000.
 */

import t from "tap";
import { F_GETFD } from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { close, write } from "../../lib/sys/file.ts";
import { leavesNoFd, openFds } from "../helpers/fds.ts";
import { startWorker } from "../helpers/workers.ts";

const AT_ONCE = 32;
const ROUNDS = Math.ceil(Number(process.env.FDKIT_BATTERY ?? AT_ONCE) / AT_ONCE);

/** What a worker waits in, for ever; `wakefd` ends each of these waits. */
const WAITS = [
  `const epfd = calls.epoll_create1(0);
   calls.epoll_ctl(epfd, constants.EPOLL_CTL_ADD, wakefd, constants.EPOLLIN, 0, 0);
   post(wakefd);
   for (;;) calls.epoll_wait(epfd, new Uint8Array(64), 1, -1);`,
  `post(wakefd);
   for (;;) calls.read(wakefd, new Uint8Array(8), 8, 0);`,
];

/** A blocking eventfd that outlives its thread, and fds that the worker's end has to close. */
const PRELUDE = `
  const wakefd = calls.eventfd(0, 0);
  calls.disownFd(wakefd);
  const fds = new Int32Array(2);
  calls.socketpair(constants.AF_UNIX, constants.SOCK_STREAM, 0, fds);
  calls.timerfd_create(constants.CLOCK_MONOTONIC, 0);`;

t.setTimeout(600_000);
t.test(`${AT_ONCE} workers at once end inside blocking waits, ${ROUNDS} times`, async (t) => {
  const before = openFds().length;
  const one = Buffer.alloc(8);
  one[0] = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const starting = Array.from({ length: AT_ONCE }, (_, i) => {
      return startWorker(PRELUDE + WAITS[i % WAITS.length]);
    });
    const workers = await Promise.all(starting);
    t.ok(openFds().length >= before + AT_ONCE * 4);
    await Promise.all(
      workers.map(async ([worker, wakefd]) => {
        // terminate() can't interrupt a system call: what it waits in has to be woken up as well.
        const ended = worker.terminate();
        write(wakefd as number, one, one.length);
        t.equal(await ended, 1);
        close(wakefd as number);
      }),
    );
    t.equal(openFds().length, before, "each closed what it had opened");
  }
  t.ok(calls.fcntl(0, F_GETFD, 0) >= 0);
});

leavesNoFd(t);
