/** The garbage collector between all calls, and inside of some: no pointer outlives its call. */

import t from "tap";
import { AF_UNIX, EPOLL_CTL_ADD, EPOLLIN, SOCK_CLOEXEC, SOCK_STREAM } from "../../lib/constants.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../lib/sys/epoll.ts";
import { readv, writev } from "../../lib/sys/file.ts";
import { recv, send } from "../../lib/sys/message.ts";
import { MessageHeader, recvmsg, sendmsg } from "../../lib/sys/msghdr.ts";
import { getsockname, socketpair } from "../../lib/sys/socket.ts";
import { closing, leavesNoFd } from "../helpers/fds.ts";
import { gc } from "../helpers/gc.ts";

const ROUNDS = Number(process.env.FDKIT_BATTERY ?? 10);

/** `size` bytes that depend on `round`; in memory of its own, which the collector may take. */
function pattern(round: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + round) & 0xff);
}

t.test("bytes arrive whole while everything around them is collected", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const [epfd] = closing(t, epoll_create1(0));
  epoll_ctl(epfd as number, EPOLL_CTL_ADD, b, EPOLLIN);
  for (let round = 0; round < ROUNDS; round++) {
    const size = 1 + ((round * 997) % 5000);
    send(a, pattern(round, size), size, 0);
    gc();
    const events = new EpollEvents(4);
    gc();
    t.equal(epoll_wait(epfd as number, events, 4, 1000), 1);
    gc();
    t.equal(events.data(0), b);
    const buffer = new Uint8Array(size);
    gc();
    t.equal(recv(b, buffer, size, 0), size);
    gc();
    t.strictSame(buffer, pattern(round, size));
  }
});

t.test("vectors and messages keep nothing of what they were given", async (t) => {
  const [a, b] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (let round = 0; round < ROUNDS; round++) {
    const collecting = Object.defineProperty([pattern(round, 100), null], 1, {
      get() {
        gc();
        return pattern(round + 1, 100);
      },
    }) as unknown as Uint8Array[];
    t.equal(writev(a, collecting), 200);
    gc();
    const parts = [new Uint8Array(150), new Uint8Array(50)];
    t.equal(readv(b, parts), 200);
    gc();
    t.strictSame(
      Buffer.concat(parts),
      Buffer.concat([pattern(round, 100), pattern(round + 1, 100)]),
    );
    sendmsg(a, { buffers: [pattern(round, 64)] }, 0);
    gc();
    const header = new MessageHeader([new Uint8Array(64)]);
    gc();
    t.equal(recvmsg(b, header, 0), 64);
    t.strictSame(header.buffers[0], pattern(round, 64));
    t.match(getsockname(a), { family: AF_UNIX });
  }
});

leavesNoFd(t);
