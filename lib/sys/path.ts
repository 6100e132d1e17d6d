// Files by their names, and what is kept of them. Answers and errors as in socket.ts.
//
// A path is a string, or bytes where it is not UTF-8. See path_resolution(7).
import { endianness } from "node:os";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import { pathBytes, pathText } from "../paths.ts";
import {
  OFFSETOF_ST_ATIM,
  OFFSETOF_ST_BLKSIZE,
  OFFSETOF_ST_BLOCKS,
  OFFSETOF_ST_CTIM,
  OFFSETOF_ST_DEV,
  OFFSETOF_ST_GID,
  OFFSETOF_ST_INO,
  OFFSETOF_ST_MODE,
  OFFSETOF_ST_MTIM,
  OFFSETOF_ST_NLINK,
  OFFSETOF_ST_RDEV,
  OFFSETOF_ST_SIZE,
  OFFSETOF_ST_UID,
  OFFSETOF_TV_NSEC,
  SIZEOF_ST_NLINK,
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

  /** How many names it has. */
  get nlink(): number {
    if (SIZEOF_ST_NLINK === Uint32Array.BYTES_PER_ELEMENT) {
      return this.#view.getUint32(OFFSETOF_ST_NLINK, LITTLE_ENDIAN);
    }
    return Number(this.#view.getBigUint64(OFFSETOF_ST_NLINK, LITTLE_ENDIAN));
  }

  /** Which device it is, if it is one. */
  get rdev(): bigint {
    return this.#view.getBigUint64(OFFSETOF_ST_RDEV, LITTLE_ENDIAN);
  }

  /** How many bytes are good to read or write at once. */
  get blksize(): number {
    return this.#view.getInt32(OFFSETOF_ST_BLKSIZE, LITTLE_ENDIAN);
  }

  /** How much of the disk it takes, in units of 512 bytes. */
  get blocks(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_ST_BLOCKS, LITTLE_ENDIAN));
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

  /** When it was read, in nanoseconds since 1970; mtimeNs and ctimeNs are as mtime and ctime. */
  get atimeNs(): bigint {
    return this.#nanoseconds(OFFSETOF_ST_ATIM);
  }

  get mtimeNs(): bigint {
    return this.#nanoseconds(OFFSETOF_ST_MTIM);
  }

  get ctimeNs(): bigint {
    return this.#nanoseconds(OFFSETOF_ST_CTIM);
  }

  #nanoseconds(at: number): bigint {
    const seconds = this.#view.getBigInt64(at, LITTLE_ENDIAN);
    return seconds * 1000000000n + this.#view.getBigInt64(at + OFFSETOF_TV_NSEC, LITTLE_ENDIAN);
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
 * beginning at the directory `dirfd`, or with AT_FDCWD where open() does. ENOTDIR, EBADF. See
 * openat(2).
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

/**
 * `int unlinkat(int dirfd, const char *path, int flags)`: as unlink(), beginning at `dirfd` or
 * AT_FDCWD; with AT_REMOVEDIR as rmdir(2). ENOTEMPTY, ENOTDIR. See unlinkat(2).
 */
export function unlinkat(dirfd: number, path: string | Uint8Array, flags: number): number {
  return answer(calls.unlinkat(dirfd, pathBytes(path), flags), "unlinkat", pathText(path));
}

/**
 * `int renameat2(...)`: as rename(), beginning at directories or AT_FDCWD. `flags` are
 * RENAME_NOREPLACE (EEXIST if `newpath` is there) or RENAME_EXCHANGE (both change places). EINVAL
 * where the file system cannot. See renameat2(2).
 */
export function renameat2(
  olddirfd: number,
  oldpath: string | Uint8Array,
  newdirfd: number,
  newpath: string | Uint8Array,
  flags: number,
): number {
  const [from, to] = [pathBytes(oldpath), pathBytes(newpath)];
  const subject = `${pathText(oldpath)} -> ${pathText(newpath)}`;
  return answer(calls.renameat2(olddirfd, from, newdirfd, to, flags), "renameat2", subject);
}

/**
 * `int memfd_create(const char *name, unsigned int flags)`: the fd of a file in memory, `name`
 * being for /proc only. `flags` are MFD_CLOEXEC, MFD_ALLOW_SEALING (for F_ADD_SEALS). EINVAL (the
 * name is longer than 249 bytes), EMFILE. See memfd_create(2).
 */
export function memfd_create(name: string | Uint8Array, flags: number): number {
  return answer(calls.memfd_create(pathBytes(name), flags), "memfd_create", pathText(name));
}
