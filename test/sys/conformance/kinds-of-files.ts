// Every kind of file that an fd may be open on: how one is made, and what proves that another fd,
// received from somewhere, is open on the same.
import { openSync } from "node:fs";
import type { Test } from "tap";
import * as C from "../../../lib/constants.ts";
import { sigset } from "../../../lib/sigset.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "../../../lib/sys/epoll.ts";
import { close, pread, read, write } from "../../../lib/sys/file.ts";
import { inotify_init1 } from "../../../lib/sys/inotify.ts";
import { memfd_create } from "../../../lib/sys/path.ts";
import { pidfd_open, pidfd_send_signal, signalfd } from "../../../lib/sys/signal.ts";
import { getsockname, listen, socket } from "../../../lib/sys/socket.ts";
import {
  eventfd,
  timerfd_create,
  timerfd_gettime,
  timerfd_settime,
} from "../../../lib/sys/wake.ts";

interface KindOfFile {
  make(): number;
  /** Asserts that `fd` is open on the same as `own`. */
  use(t: Test, fd: number, own: number): void;
  /** epoll_ctl refuses it: EPERM. */
  isPlain?: boolean;
}

const memory: KindOfFile = {
  make: () => memfd_create("fdkit", C.MFD_CLOEXEC),
  use(t, fd, own) {
    t.equal(write(fd, Buffer.from("both"), 4), 4);
    t.equal(pread(own, Buffer.alloc(9), 9, 0), 4);
  },
  isPlain: true,
};

const plain: KindOfFile = {
  make: () => openSync(import.meta.filename, "r"),
  use(t, fd) {
    const head = Buffer.alloc(8);
    t.equal(pread(fd, head, 8, 0), 8);
    t.equal(head.toString(), "// Every");
  },
  isPlain: true,
};

const listener: KindOfFile = {
  make() {
    const fd = socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
    listen(fd, 1);
    return fd;
  },
  use: (t, fd, own) => t.strictSame(getsockname(fd), getsockname(own)),
};

const counter: KindOfFile = {
  make: () => eventfd(3, C.EFD_CLOEXEC),
  use(t, fd) {
    const count = Buffer.alloc(8);
    t.equal(read(fd, count, 8), 8);
    t.equal(count.readBigUInt64LE(), 3n);
  },
};

const timer: KindOfFile = {
  make: () => timerfd_create(C.CLOCK_MONOTONIC, C.TFD_CLOEXEC),
  use(t, fd, own) {
    timerfd_settime(fd, 0, 1e12, 0);
    t.ok(timerfd_gettime(own).valueNs > 0);
  },
};

const epoll: KindOfFile = {
  make: () => epoll_create1(C.EPOLL_CLOEXEC),
  use(t, fd, own) {
    const ready = eventfd(1, C.EFD_CLOEXEC);
    epoll_ctl(fd, C.EPOLL_CTL_ADD, ready, C.EPOLLIN);
    t.equal(epoll_wait(own, new EpollEvents(1), 1, 0), 1);
    close(ready);
  },
};

const signals: KindOfFile = {
  make: () => signalfd(-1, sigset([C.SIGUSR1]), C.SFD_CLOEXEC | C.SFD_NONBLOCK),
  use: (t, fd) => t.equal(read(fd, Buffer.alloc(128), 128), -C.EAGAIN),
};

const inotify: KindOfFile = {
  make: () => inotify_init1(C.IN_CLOEXEC | C.IN_NONBLOCK),
  use: (t, fd) => t.equal(read(fd, Buffer.alloc(64), 64), -C.EAGAIN),
};

const self: KindOfFile = {
  make: () => pidfd_open(process.pid, 0),
  use: (t, fd) => t.equal(pidfd_send_signal(fd, 0, 0), 0),
};

export const KINDS_OF_FILES: Readonly<Record<string, KindOfFile>> = {
  "a plain file": plain,
  "a memfd": memory,
  "a listening TCP socket": listener,
  "an eventfd": counter,
  "a timerfd": timer,
  "an epoll": epoll,
  "a signalfd": signals,
  "an inotify": inotify,
  "a pidfd": self,
};
