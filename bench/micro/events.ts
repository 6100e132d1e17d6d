/**
 * What the loop adds to an event: a byte goes round through a socket pair, moved by bare calls, by
 * `Loop.run()`, and by `Loop.attach()` within Node's loop.
 */

import {
  AF_UNIX,
  close,
  EPOLLIN,
  Loop,
  recv,
  SOCK_STREAM,
  send,
  setNonBlocking,
  socketpair,
} from "fdkit";
import type { Figure } from "../results.ts";

const GROUP = "A byte through a socket pair";
const byte = Buffer.alloc(1);

function pair(): [number, number] {
  const fds = socketpair(AF_UNIX, SOCK_STREAM, 0);
  for (const fd of fds) setNonBlocking(fd);
  return fds;
}

function bareCalls(count: number): number {
  const [left, right] = pair();
  const before = performance.now();
  for (let i = 0; i < count; i++) {
    send(left, byte, 1, 0);
    recv(right, byte, 1, 0);
  }
  const ns = ((performance.now() - before) * 1e6) / count;
  close(left);
  close(right);
  return ns;
}

function throughLoop(count: number, start: "run" | "attach"): Promise<number> {
  const [left, right] = pair();
  const loop = new Loop();
  let rest = count;
  return new Promise((resolve) => {
    const before = performance.now();
    loop.add(right, EPOLLIN, {
      ready() {
        recv(right, byte, 1, 0);
        if (--rest > 0) {
          send(left, byte, 1, 0);
          return;
        }
        resolve(((performance.now() - before) * 1e6) / count);
        loop.remove(right);
        loop.close();
        close(left);
        close(right);
      },
    });
    send(left, byte, 1, 0);
    loop[start]();
  });
}

/** Nanoseconds for the byte to go and come. */
export async function eventFigures(count: number): Promise<Figure[]> {
  const figure = (server: string, value: number): Figure => {
    return { group: GROUP, name: "send, epoll_wait, recv", server, value, unit: "ns" };
  };
  bareCalls(count);
  return [
    figure("no loop", bareCalls(count)),
    figure("Loop.run", await throughLoop(count, "run")),
    figure("Loop.attach", await throughLoop(count, "attach")),
  ];
}
