/**
 * 12-wakeups: time, other threads and signals are events like bytes. A timerfd ticks, an eventfd
 * counts what is added to it, and Ctrl-C ends the loop in order: everything is closed.
 *
 *   loop.add(timerfd, …); loop.add(eventfd, …); loop.onSignal(SIGINT, stop)
 * node dist/examples/12-wakeups.js [ticks per second]
 * Man pages: timerfd_create(2), eventfd(2), signal(7) */
// biome-ignore assist/source/organizeImports: the constants and the calls, a line for each
import { CLOCK_MONOTONIC, EFD_NONBLOCK, EPOLLIN, SIGINT, SIGTERM, TFD_NONBLOCK } from "fdkit";
import { close, eventfd, Loop, read, timerfd_create, timerfd_settime, write } from "fdkit";

const SECOND_NS = 1e9;
const perSecond = Number(process.argv[2] ?? 2);

const loop = new Loop();
const timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
const wakefd = eventfd(0, EFD_NONBLOCK);
const count = new BigUint64Array(1); // both are read as one 64-bit number: how often since the last
const bytes = new Uint8Array(count.buffer);

const periodNs = Math.round(SECOND_NS / perSecond);
timerfd_settime(timerfd, 0, periodNs, periodNs);
loop.add(timerfd, EPOLLIN, { ready: tick });
loop.add(wakefd, EPOLLIN, { ready: woken });
loop.onSignal(SIGINT, stop);
loop.onSignal(SIGTERM, stop);
console.log("ticking; Ctrl-C ends it");
loop.run();

close(timerfd);
close(wakefd);
loop.close();
console.log("all closed");

function tick(): void {
  if (read(timerfd, bytes, bytes.length) < 0) return;
  console.log("tick");
  count[0] = 3n;
  write(wakefd, bytes, bytes.length); // any thread that has the fd could do this
}

function woken(): void {
  if (read(wakefd, bytes, bytes.length) > 0) console.log(`woken, with ${count[0]}`);
}

function stop(signum: number): void {
  console.log(`signal ${signum}`);
  loop.stop();
}
