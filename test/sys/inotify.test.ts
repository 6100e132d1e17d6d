// inotify_init1, inotify_add_watch, inotify_rm_watch in a folder of our own.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  EAGAIN,
  F_GETFD,
  FD_CLOEXEC,
  IN_CLOEXEC,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_NONBLOCK,
  IN_ONLYDIR,
} from "../../lib/constants.ts";
import { fcntl, read } from "../../lib/sys/file.ts";
import {
  inotify_add_watch,
  inotify_init1,
  inotify_rm_watch,
  inotifyEvents,
} from "../../lib/sys/inotify.ts";
import { kinds, rejectsBadArguments } from "../helpers/arguments.ts";
import { failsWith } from "../helpers/errors.ts";
import { CLOSED_FD, closing, leavesNoFd } from "../helpers/fds.ts";

const buffer = new Uint8Array(4096);

function notifier(t: Test): [fd: number, folder: string] {
  const [fd] = closing(t, inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  return [fd, t.testdir()];
}

function events(fd: number) {
  return inotifyEvents(buffer, Math.max(read(fd, buffer, buffer.length), 0));
}

t.test("what happens in a folder comes in order, with names", async (t) => {
  const [fd, folder] = notifier(t);
  t.equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  const wanted = IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR;
  const wd = inotify_add_watch(fd, folder, wanted);
  t.equal(inotify_add_watch(fd, Buffer.from(folder), wanted), wd, "the same file, the same watch");
  t.equal(read(fd, buffer, buffer.length), -EAGAIN);
  writeFileSync(join(folder, "ä"), "text");
  mkdirSync(join(folder, "a longer name than sixteen bytes"));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), "");
  rmSync(join(folder, "ä"));
  const expected: [number, string | Uint8Array][] = [
    [IN_CREATE, "ä"],
    [IN_CLOSE_WRITE, "ä"],
    [IN_CREATE | IN_ISDIR, "a longer name than sixteen bytes"],
    [IN_CREATE, Uint8Array.of(0xff)],
    [IN_CLOSE_WRITE, Uint8Array.of(0xff)],
    [IN_DELETE, "ä"],
  ];
  t.strictSame(
    events(fd),
    expected.map(([mask, name]) => ({ wd, mask, cookie: 0, name })),
  );
});

t.test("both halves of a rename have one cookie", async (t) => {
  const [fd, folder] = notifier(t);
  writeFileSync(join(folder, "a"), "");
  inotify_add_watch(fd, folder, IN_MOVED_FROM | IN_MOVED_TO);
  renameSync(join(folder, "a"), join(folder, "b"));
  const [from, to] = events(fd);
  t.match(from, { mask: IN_MOVED_FROM, name: "a" });
  t.match(to, { mask: IN_MOVED_TO, name: "b" });
  t.ok(from?.cookie !== 0 && from?.cookie === to?.cookie);
});

t.test("a watched file has no name, and a removed watch says so", async (t) => {
  const [fd, folder] = notifier(t);
  const path = join(folder, "a");
  writeFileSync(path, "");
  const wd = inotify_add_watch(fd, path, IN_MODIFY | IN_DELETE_SELF);
  writeFileSync(path, "1");
  t.equal(inotify_rm_watch(fd, wd), 0);
  const found = events(fd);
  t.match(found[0], { wd, mask: IN_MODIFY, name: "" });
  t.match(found.at(-1), { wd, mask: IN_IGNORED, name: "" });
});

t.test("what is cut off is not read beyond", async (t) => {
  const [fd, folder] = notifier(t);
  inotify_add_watch(fd, folder, IN_CREATE);
  mkdirSync(join(folder, "abc"));
  const n = read(fd, buffer, buffer.length);
  const whole = buffer.slice(0, n);
  t.equal(inotifyEvents(whole.subarray(0, 18))[0]?.name, "ab");
  t.strictSame(inotifyEvents(whole, 15), []);
  t.strictSame(inotifyEvents(whole, 0), []);
});

t.test("what the kernel refuses is thrown by name", async (t) => {
  const [fd, folder] = notifier(t);
  const none = join(folder, "none");
  writeFileSync(join(folder, "file"), "");
  failsWith(t, "EINVAL", "", () => inotify_init1(1));
  failsWith(t, "ENOENT", none, () => inotify_add_watch(fd, none, IN_MODIFY));
  failsWith(t, "ENOTDIR", join(folder, "file"), () =>
    inotify_add_watch(fd, join(folder, "file"), IN_CREATE | IN_ONLYDIR),
  );
  failsWith(t, "EINVAL", folder, () => inotify_add_watch(fd, folder, 0));
  failsWith(t, "EINVAL", `fd ${fd}`, () => inotify_rm_watch(fd, 99));
  failsWith(t, "EBADF", `fd ${CLOSED_FD}`, () => inotify_rm_watch(CLOSED_FD, 1));
});

const { fd, int, bits } = kinds;
const path = { good: "/none/such", bad: () => [3, null, {}, ["a"], "a\0b"] };
rejectsBadArguments(t, inotify_init1, [bits]);
rejectsBadArguments(t, inotify_add_watch, [fd, path, bits]);
rejectsBadArguments(t, inotify_rm_watch, [fd, int]);

leavesNoFd(t);
