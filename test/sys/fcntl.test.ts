// What fcntl(2) does with structs: locks, owners, hints; and the commands of pipes and signals.
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  AF_UNIX,
  EAGAIN,
  F_GET_RW_HINT,
  F_GETLK,
  F_GETOWN,
  F_GETOWN_EX,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OWNER_PGRP,
  F_OWNER_PID,
  F_RDLCK,
  F_SETLK,
  F_SETOWN,
  F_SETOWN_EX,
  F_SETPIPE_SZ,
  F_SETSIG,
  F_UNLCK,
  F_WRLCK,
  O_CLOEXEC,
  O_CREAT,
  O_RDWR,
  SEEK_SET,
  SIGURG,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "../../lib/constants.ts";
import { Flock, ownerEx } from "../../lib/flock.ts";
import { fcntl, pipe2 } from "../../lib/sys/file.ts";
import { open } from "../../lib/sys/path.ts";
import { socketpair } from "../../lib/sys/socket.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

/** A file, opened twice. */
function files(t: Test): [number, number] {
  const path = join(t.testdir(), "file");
  const flags = O_RDWR | O_CREAT | O_CLOEXEC;
  return closing(t, open(path, flags, 0o600), open(path, flags, 0o600));
}

t.test("locks of open files exclude each other where they overlap", async (t) => {
  const [one, other] = files(t);
  t.equal(fcntl(one, F_OFD_SETLK, new Flock(F_WRLCK, 10, 5).bytes), 0);
  t.equal(fcntl(other, F_OFD_SETLK, new Flock(F_RDLCK, 14, 1).bytes), -EAGAIN);
  t.equal(fcntl(other, F_OFD_SETLK, new Flock(F_WRLCK, 15).bytes), 0);
  const asked = new Flock(F_RDLCK, 0, 100);
  t.equal(fcntl(other, F_OFD_GETLK, asked.bytes), 0);
  const { type, whence, start, length, pid } = asked;
  t.strictSame([type, whence, start, length, pid], [F_WRLCK, SEEK_SET, 10, 5, -1]);
  fcntl(one, F_OFD_SETLK, new Flock(F_UNLCK).bytes);
  const again = new Flock(F_RDLCK, 0, 100);
  fcntl(other, F_OFD_GETLK, again.bytes);
  t.equal(again.type, F_UNLCK, "nobody is in the way");
});

t.test("locks of the process do not exclude itself", async (t) => {
  const [one, other] = files(t);
  t.equal(fcntl(one, F_SETLK, new Flock(F_WRLCK, 2 ** 40, 5).bytes), 0);
  t.equal(fcntl(other, F_SETLK, new Flock(F_WRLCK).bytes), 0);
  const asked = new Flock(F_WRLCK);
  fcntl(one, F_GETLK, asked.bytes);
  t.equal(asked.type, F_UNLCK);
});

t.test("who gets SIGIO, and which signal that is", async (t) => {
  const [fd] = closing(t, ...socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  t.equal(fcntl(fd, F_GETOWN), 0);
  t.equal(fcntl(fd, F_SETOWN, process.pid), 0);
  t.equal(fcntl(fd, F_GETOWN), process.pid);
  t.equal(fcntl(fd, F_SETOWN_EX, ownerEx(F_OWNER_PGRP, process.pid)) <= 0, true);
  t.equal(fcntl(fd, F_SETSIG, SIGURG), 0);
  t.equal(fcntl(fd, F_GETSIG), SIGURG);
  const owner = ownerEx(0, 0);
  fcntl(fd, F_SETOWN_EX, ownerEx(F_OWNER_PID, process.pid));
  t.equal(fcntl(fd, F_GETOWN_EX, owner), 0);
  t.strictSame(owner, ownerEx(F_OWNER_PID, process.pid));
});

t.test("a pipe is made larger", async (t) => {
  const [fd] = closing(t, ...pipe2(O_CLOEXEC));
  const size = fcntl(fd, F_GETPIPE_SZ);
  t.equal(fcntl(fd, F_SETPIPE_SZ, size / 2), size / 2);
  t.equal(fcntl(fd, F_GETPIPE_SZ), size / 2);
});

t.test("the kernel never sees a number where it wants a pointer", async (t) => {
  const [fd] = files(t);
  for (const arg of [0, 0x400000, undefined]) {
    t.throws(() => fcntl(fd, F_GETLK, arg), TypeError);
  }
  t.throws(() => fcntl(fd, F_GETLK, new Uint8Array(31)), {
    name: "RangeError",
    message: "fcntl: arg must have 32 bytes for this command, not 31",
  });
  t.throws(() => fcntl(fd, F_GETOWN_EX, new Uint8Array(7)), RangeError);
  t.throws(() => fcntl(fd, F_SETOWN, new Uint8Array(8)), TypeError, "nor the other way round");
  t.throws(() => fcntl(fd, 1024 + 99, 0), {
    name: "RangeError",
    message: "fcntl: cmd must be a command that fcntl(2) lists, not 1123",
  });
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [fd] = files(t);
  const closed = `fd ${CLOSED_FD}`;
  failsWith(t, "EINVAL", `fd ${fd}`, () => fcntl(fd, F_SETLK, new Flock(7).bytes));
  failsWith(t, "EBADF", closed, () => fcntl(CLOSED_FD, F_GETLK, new Flock(F_RDLCK).bytes));
  failsWith(t, "EBADF", closed, () => fcntl(CLOSED_FD, F_GET_RW_HINT, new Uint8Array(8)));
  failsWith(t, "EINVAL", `fd ${fd}`, () => fcntl(fd, F_SETSIG, 65));
});

leavesNoFd(t);
