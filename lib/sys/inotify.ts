// What happens to files, as an fd: inotify_init1, inotify_add_watch, inotify_rm_watch, and the
// events that read() takes from it. Answers and errors as in socket.ts. See inotify(7).
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import { pathBytes, pathText } from "../paths.ts";
import {
  OFFSETOF_INOTIFY_EVENT_COOKIE,
  OFFSETOF_INOTIFY_EVENT_LEN,
  OFFSETOF_INOTIFY_EVENT_MASK,
  OFFSETOF_INOTIFY_EVENT_WD,
  SIZEOF_INOTIFY_EVENT,
} from "../structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `struct inotify_event`. */
export interface InotifyEvent {
  /** Which watch: what inotify_add_watch() answered; -1 with IN_Q_OVERFLOW. */
  readonly wd: number;
  /** IN_CREATE, IN_MODIFY, IN_ISDIR, ... */
  readonly mask: number;
  /** The same number in the IN_MOVED_FROM and the IN_MOVED_TO of one rename. */
  readonly cookie: number;
  /** The entry of a watched directory, "" for the watched file itself; bytes if not UTF-8. */
  readonly name: string | Uint8Array;
}

/**
 * The events in the first `n` bytes of `buffer`, as one read() of an inotify fd left them. A buffer
 * of 4096 bytes has room for any event; a shorter one may make read() fail with EINVAL.
 */
export function inotifyEvents(buffer: Uint8Array, n = buffer.length): InotifyEvent[] {
  const view = new DataView(buffer.buffer, buffer.byteOffset, Math.min(n, buffer.length));
  const events: InotifyEvent[] = [];
  for (let at = 0; at + SIZEOF_INOTIFY_EVENT <= view.byteLength; ) {
    const length = view.getUint32(at + OFFSETOF_INOTIFY_EVENT_LEN, LITTLE_ENDIAN);
    const start = at + SIZEOF_INOTIFY_EVENT;
    const end = Math.min(start + length, view.byteLength);
    events.push({
      wd: view.getInt32(at + OFFSETOF_INOTIFY_EVENT_WD, LITTLE_ENDIAN),
      mask: view.getUint32(at + OFFSETOF_INOTIFY_EVENT_MASK, LITTLE_ENDIAN),
      cookie: view.getUint32(at + OFFSETOF_INOTIFY_EVENT_COOKIE, LITTLE_ENDIAN),
      name: nameIn(buffer.subarray(start, end)),
    });
    at = end;
  }
  return events;
}

/** A name is padded with NULs. */
function nameIn(padded: Uint8Array): string | Uint8Array {
  const end = padded.indexOf(0);
  const name = end === -1 ? padded : padded.subarray(0, end);
  try {
    return strictUtf8.decode(name);
  } catch {
    return name.slice();
  }
}

/**
 * `int inotify_init1(int flags)`: the fd of a new queue of events. `flags` are IN_CLOEXEC,
 * IN_NONBLOCK. EMFILE (also of /proc/sys/fs/inotify/max_user_instances). See inotify_init1(2).
 */
export function inotify_init1(flags: number): number {
  return answer(calls.inotify_init1(flags), "inotify_init1");
}

/**
 * `int inotify_add_watch(int fd, const char *pathname, uint32_t mask)`: the watch descriptor of
 * `path`, the same one for the same file. ENOENT, EACCES, ENOSPC (too many watches), ENOTDIR
 * (IN_ONLYDIR), EINVAL (not an inotify, no events). See inotify_add_watch(2).
 */
export function inotify_add_watch(fd: number, path: string | Uint8Array, mask: number): number {
  const wd = calls.inotify_add_watch(fd, pathBytes(path), mask);
  return answer(wd, "inotify_add_watch", pathText(path));
}

/**
 * `int inotify_rm_watch(int fd, int wd)`: 0; an IN_IGNORED follows. EINVAL (no such watch), EBADF.
 * See inotify_rm_watch(2).
 */
export function inotify_rm_watch(fd: number, wd: number): number {
  return answer(calls.inotify_rm_watch(fd, wd), "inotify_rm_watch", fd);
}
