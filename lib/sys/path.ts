// Files by their names, and what is kept of them. Answers and errors as in socket.ts.
//
// A path is a string, or bytes where it is not UTF-8. See path_resolution(7).
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import { pathBytes, pathText } from "../paths.ts";
import {
  OFFSETOF_ST_CTIM,
  OFFSETOF_ST_DEV,
  OFFSETOF_ST_GID,
  OFFSETOF_ST_INO,
  OFFSETOF_ST_MODE,
  OFFSETOF_ST_MTIM,
  OFFSETOF_ST_SIZE,
  OFFSETOF_ST_UID,
  SIZEOF_STAT,
} from "../structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";

/** `struct stat`, an out-parameter for fstat(): one for many calls. See stat(3type). */
export class Stat {
  /** The bytes that the kernel fills. */
  readonly bytes = new Uint8Array(SIZEOF_STAT);
  readonly #view = new DataView(this.bytes.buffer);

  /** The device; with `ino` it says which file this is. */
  get dev(): bigint {
    return this.#view.getBigUint64(OFFSETOF_ST_DEV, LITTLE_ENDIAN);
  }

  get ino(): bigint {
    return this.#view.getBigUint64(OFFSETOF_ST_INO, LITTLE_ENDIAN);
  }

  /** Type (`mode & S_IFMT`) and permissions. */
  get mode(): number {
    return this.#view.getUint32(OFFSETOF_ST_MODE, LITTLE_ENDIAN);
  }

  get uid(): number {
    return this.#view.getUint32(OFFSETOF_ST_UID, LITTLE_ENDIAN);
  }

  get gid(): number {
    return this.#view.getUint32(OFFSETOF_ST_GID, LITTLE_ENDIAN);
  }

  /** Bytes. */
  get size(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_ST_SIZE, LITTLE_ENDIAN));
  }

  /** When its bytes changed, in whole seconds since 1970. */
  get mtime(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_ST_MTIM, LITTLE_ENDIAN));
  }

  /** When anything about it changed, in whole seconds since 1970. */
  get ctime(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_ST_CTIM, LITTLE_ENDIAN));
  }
}

/**
 * `int open(const char *path, int flags, mode_t mode)`: the fd of a file. `mode` is what a file
 * that O_CREAT makes may be used for, less the umask. Literal: no O_CLOEXEC unless you say so.
 * ENOENT, EEXIST, EACCES, EISDIR, EMFILE. See open(2).
 */
export function open(path: string | Uint8Array, flags: number, mode = 0): number {
  return answer(calls.open(pathBytes(path), flags, mode), "open", pathText(path));
}

/**
 * `int openat(int dirfd, const char *path, int flags, mode_t mode)`: as open(), a relative path
 * beginning at the directory `dirfd`. ENOTDIR, EBADF. See openat(2).
 */
export function openat(dirfd: number, path: string | Uint8Array, flags: number, mode = 0): number {
  return answer(calls.openat(dirfd, pathBytes(path), flags, mode), "openat", pathText(path));
}

/** `int fstat(int fd, struct stat *stat)`: 0, and `stat` is filled. EBADF. See fstat(2). */
export function fstat(fd: number, stat: Stat): number {
  return answer(calls.fstat(fd, stat.bytes), "fstat", fd);
}

/**
 * `int ftruncate(int fd, off_t length)`: 0; the file now has `length` bytes, zeros if it grew.
 * EINVAL (not open for writing), EFBIG. See ftruncate(2).
 */
export function ftruncate(fd: number, length: number): number {
  return answer(calls.ftruncate(fd, length), "ftruncate", fd);
}

/**
 * `int fsync(int fd)`: 0 when all of the file is on the disk; a new name also needs an fsync of
 * its directory. After EIO the lost bytes are not tried again. EIO, EINVAL, EBADF. See fsync(2).
 */
export function fsync(fd: number): number {
  return answer(calls.fsync(fd), "fsync", fd);
}

/** `int fdatasync(int fd)`: as fsync(), without what no reader needs. See fdatasync(2). */
export function fdatasync(fd: number): number {
  return answer(calls.fdatasync(fd), "fdatasync", fd);
}

/**
 * `int rename(const char *oldpath, const char *newpath)`: 0; whoever opens `newpath` finds either
 * the old file there or this one, never none. ENOENT, EXDEV, EACCES. See rename(2).
 */
export function rename(oldpath: string | Uint8Array, newpath: string | Uint8Array): number {
  const subject = `${pathText(oldpath)} -> ${pathText(newpath)}`;
  return answer(calls.rename(pathBytes(oldpath), pathBytes(newpath)), "rename", subject);
}

/**
 * `int unlink(const char *path)`: 0; the name is gone, the file once nobody has it open.
 * ENOENT, EISDIR, EACCES. See unlink(2).
 */
export function unlink(path: string | Uint8Array): number {
  return answer(calls.unlink(pathBytes(path)), "unlink", pathText(path));
}
