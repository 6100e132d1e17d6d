// The structs of fcntl(2): struct flock for record locks, struct f_owner_ex for who gets SIGIO.
import { endianness } from "node:os";
import { SEEK_SET } from "./constants.ts";
import {
  OFFSETOF_L_LEN,
  OFFSETOF_L_PID,
  OFFSETOF_L_START,
  OFFSETOF_L_TYPE,
  OFFSETOF_L_WHENCE,
  SIZEOF_FLOCK,
} from "./structs.ts";

const LITTLE_ENDIAN = endianness() === "LE";

/**
 * `struct flock`: `fcntl(fd, F_SETLK, new Flock(F_WRLCK).bytes)` locks a whole file. F_OFD_SETLK
 * and its kin lock for the open file, not for the process, and are the ones to prefer: any close()
 * of the file by the process ends a lock of F_SETLK.
 */
export class Flock {
  /** For fcntl(); F_GETLK and F_OFD_GETLK say there who is in the way. */
  readonly bytes = new Uint8Array(SIZEOF_FLOCK);
  readonly #view = new DataView(this.bytes.buffer);

  /** F_RDLCK, F_WRLCK or F_UNLCK of `length` bytes from `start` on; 0: to the end, wherever. */
  constructor(type: number, start = 0, length = 0, whence = SEEK_SET) {
    this.#view.setInt16(OFFSETOF_L_TYPE, type, LITTLE_ENDIAN);
    this.#view.setInt16(OFFSETOF_L_WHENCE, whence, LITTLE_ENDIAN);
    this.#view.setBigInt64(OFFSETOF_L_START, BigInt(start), LITTLE_ENDIAN);
    this.#view.setBigInt64(OFFSETOF_L_LEN, BigInt(length), LITTLE_ENDIAN);
  }

  /** F_UNLCK after F_GETLK: the lock would be granted. */
  get type(): number {
    return this.#view.getInt16(OFFSETOF_L_TYPE, LITTLE_ENDIAN);
  }

  get whence(): number {
    return this.#view.getInt16(OFFSETOF_L_WHENCE, LITTLE_ENDIAN);
  }

  get start(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_L_START, LITTLE_ENDIAN));
  }

  get length(): number {
    return Number(this.#view.getBigInt64(OFFSETOF_L_LEN, LITTLE_ENDIAN));
  }

  /** Whose lock is in the way; -1 for one of an open file. */
  get pid(): number {
    return this.#view.getInt32(OFFSETOF_L_PID, LITTLE_ENDIAN);
  }
}

/**
 * `struct f_owner_ex` for F_SETOWN_EX: F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP, and its number.
 */
export function ownerEx(type: number, id: number): Uint8Array {
  return new Uint8Array(Int32Array.of(type, id).buffer);
}
