// open, openat, fstat, ftruncate, fsync, fdatasync, rename, renameat2, unlink, unlinkat in a folder
// of their own, and memfd_create.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  F_ADD_SEALS,
  F_SEAL_GROW,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFMT,
  S_IFREG,
} from "../../lib/constants.ts";
import { calls } from "../../lib/native.ts";
import { close, fcntl, write } from "../../lib/sys/file.ts";
import {
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  memfd_create,
  open,
  openat,
  rename,
  renameat2,
  Stat,
  unlink,
  unlinkat,
} from "../../lib/sys/path.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const { fd, int, bits, view } = kinds;
const dir = mkdtempSync(join(tmpdir(), "fdkit-path-"));
t.teardown(() => rmSync(dir, { recursive: true }));

t.test("a file is made, written, kept, cut, renamed and unlinked", async (t) => {
  const [path, other] = [join(dir, "a"), join(dir, "ä")];
  const [filefd] = closing(t, open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o640));
  t.equal(write(filefd, Buffer.from("0123456789"), 10), 10);
  t.equal(fsync(filefd), 0);
  t.equal(fdatasync(filefd), 0);
  t.equal(ftruncate(filefd, 4), 0);
  t.equal(rename(path, Buffer.from(other)), 0);
  t.equal(readFileSync(other, "latin1"), "0123");
  t.equal(unlink(other), 0);
  t.notOk(existsSync(other));
});

t.test("fstat says what the kernel knows of a file", async (t) => {
  const path = join(dir, "b");
  const [filefd] = closing(t, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600));
  write(filefd, new Uint8Array(7), 7);
  const stat = new Stat();
  t.equal(fstat(filefd, stat), 0);
  const expected = statSync(path, { bigint: true });
  t.strictSame([stat.nlink, stat.blksize, stat.blocks].map(BigInt), [
    expected.nlink,
    expected.blksize,
    expected.blocks,
  ]);
  t.strictSame(
    [stat.rdev, stat.atimeNs, stat.mtimeNs, stat.ctimeNs],
    [expected.rdev, expected.atimeNs, expected.mtimeNs, expected.ctimeNs],
  );
  t.equal(stat.size, 7);
  t.equal(stat.mode & S_IFMT, S_IFREG);
  t.strictSame(
    [stat.dev, stat.ino, stat.mode, stat.uid, stat.gid, stat.mtime, stat.ctime].map(BigInt),
    [
      expected.dev,
      expected.ino,
      expected.mode,
      expected.uid,
      expected.gid,
      expected.mtimeMs / 1000n,
      expected.ctimeMs / 1000n,
    ],
  );
});

t.test("openat begins at a directory", async (t) => {
  const [dirfd] = closing(t, open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  closing(t, openat(dirfd, "c", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600));
  t.ok(existsSync(join(dir, "c")));
});

t.test("the calls with directories rename and remove beginning there", async (t) => {
  const [dirfd] = closing(t, open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const make = (name: string) => closing(t, openat(dirfd, name, O_WRONLY | O_CREAT | O_CLOEXEC));
  const [d] = make("d");
  make("e");
  write(d, new Uint8Array(5), 5);
  failsWith(t, "EEXIST", "d -> e", () => renameat2(dirfd, "d", dirfd, "e", RENAME_NOREPLACE));
  t.equal(renameat2(dirfd, "d", AT_FDCWD, join(dir, "e"), RENAME_EXCHANGE), 0);
  t.equal(statSync(join(dir, "e")).size, 5);
  mkdirSync(join(dir, "folder"));
  failsWith(t, "EISDIR", "folder", () => unlinkat(dirfd, "folder", 0));
  t.equal(unlinkat(dirfd, "folder", AT_REMOVEDIR), 0);
  t.equal(unlinkat(AT_FDCWD, join(dir, "d"), 0), 0);
  t.equal(unlinkat(dirfd, "e", 0), 0);
  t.notOk(existsSync(join(dir, "e")));
});

t.test("a file in memory is sealed against growing", async (t) => {
  const [memfd] = closing(t, memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  t.equal(ftruncate(memfd, 4), 0);
  t.equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_GROW), 0);
  failsWith(t, "EPERM", `fd ${memfd}`, () => ftruncate(memfd, 5));
  const tooLong = "x".repeat(250);
  failsWith(t, "EINVAL", tooLong, () => memfd_create(tooLong, 0));
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const none = join(dir, "none");
  const closed = `fd ${CLOSED_FD}`;
  const [readonlyfd] = closing(t, open("/dev/null", O_RDONLY | O_CLOEXEC));
  failsWith(t, "ENOENT", none, () => open(none, O_RDONLY));
  failsWith(t, "EISDIR", dir, () => open(dir, O_WRONLY));
  failsWith(t, "ENOTDIR", "x", () => openat(readonlyfd, "x", O_RDONLY));
  failsWith(t, "EBADF", closed, () => fstat(CLOSED_FD, new Stat()));
  failsWith(t, "EINVAL", `fd ${readonlyfd}`, () => ftruncate(readonlyfd, 1));
  failsWith(t, "EBADF", closed, () => fsync(CLOSED_FD));
  failsWith(t, "EBADF", closed, () => fdatasync(CLOSED_FD));
  failsWith(t, "ENOENT", `${none} -> ${dir}`, () => rename(none, dir));
  failsWith(t, "ENOENT", none, () => unlink(none));
});

t.test("a path with a NUL in it is refused, not cut", async (t) => {
  const message = /^open: path must have no NUL in it$/;
  t.throws(() => open("/dev/null\0x", O_RDONLY), { name: "RangeError", message });
  t.throws(() => close(open("/dev/null\0", O_RDONLY)), { message });
});

const path = { good: Buffer.from("/none/such"), bad: () => [...view.bad(), new Uint8Array(2)] };
const length = { good: 0, bad: () => [undefined, -1, 2 ** 54, 1.5, NaN, "1"] };
const stat = { good: new Uint8Array(256), bad: () => [...view.bad(), new Uint8Array(143)] };
rejectsBadArguments(t, calls.open, [path, bits, bits]);
rejectsBadArguments(t, calls.openat, [int, path, bits, bits]);
rejectsBadArguments(t, calls.fstat, [fd, stat]);
rejectsBadArguments(t, calls.ftruncate, [fd, length]);
rejectsBadArguments(t, calls.fsync, [fd]);
rejectsBadArguments(t, calls.fdatasync, [fd]);
rejectsBadArguments(t, calls.rename, [path, path]);
rejectsBadArguments(t, calls.unlink, [path]);
rejectsBadArguments(t, calls.unlinkat, [int, path, bits]);
rejectsBadArguments(t, calls.renameat2, [int, path, int, path, bits]);
rejectsBadArguments(t, calls.memfd_create, [path, bits]);

leavesNoFd(t);
