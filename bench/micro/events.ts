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
/** Events in a turn of a loop that has much to do. */
const MANY = 64;
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

/** So many bytes go round at once, each through its own pair: a turn of the loop has as many. */
function throughLoop(count: number, start: "run" | "attach", pairs: number): Promise<number> {
  const loop = new Loop();
  const fds = Array.from({ length: pairs }, pair);
  const leftOf = new Map(fds.map(([left, right]) => [right, left]));
  let rest = count;
  const end = () => {
    for (const [left, right] of fds) {
      loop.remove(right);
      close(left);
      close(right);
    }
    loop.close();
  };
  return new Promise((resolve) => {
    const before = performance.now();
    const ready = (right: number) => {
      recv(right, byte, 1, 0);
      if (--rest > 0) {
        send(leftOf.get(right) as number, byte, 1, 0);
        return;
      }
      resolve(((performance.now() - before) * 1e6) / count);
      end();
    };
    for (const [left, right] of fds) {
      loop.add(right, EPOLLIN, { ready });
      send(left, byte, 1, 0);
    }
    loop[start]();
  });
}

/** Nanoseconds for the byte to go and come. */
export async function eventFigures(count: number): Promise<Figure[]> {
  const figure = (name: string, server: string, value: number): Figure => {
    return { group: GROUP, name, server, value, unit: "ns" };
  };
  bareCalls(count);
  const figures = [figure("send, recv", "no loop", bareCalls(count))];
  for (const pairs of [1, MANY]) {
    const name = `send, epoll_wait, recv: ${pairs} ready per turn`;
    figures.push(figure(name, "Loop.run", await throughLoop(count, "run", pairs)));
    figures.push(figure(name, "Loop.attach", await throughLoop(count, "attach", pairs)));
  }
  return figures;
}
