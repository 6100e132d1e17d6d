// Filters on sockets: programs of the classic BPF that run in the kernel for every packet.
//
// An instruction is [code, jt, jf, k], with codes such as BPF_LD | BPF_H | BPF_ABS; attached to a
// socket, a program returns how many bytes of the packet are kept, 0 to drop it. The addon makes
// the struct sock_fprog, for it has a pointer. See bpf.rst of Linux, socket(7), packet(7).
import {
  BPF_MAXINSNS,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_DETACH_FILTER,
  SO_GET_FILTER,
  SOL_SOCKET,
} from "../constants.ts";
import { answer } from "../errno.ts";
import { calls } from "../native.ts";
import * as S from "../structs.ts";
import { getsockopt, setsockopt } from "../sys/sockopt.ts";
import { LITTLE_ENDIAN, setUint, uintAt, unsigned, viewOf } from "./bytes.ts";

/** `struct sock_filter`: what to do, where to jump if true and if false, and a constant. */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

const MAX_U8 = 0xff;
const MAX_U16 = 0xffff;

/**
 * SO_ATTACH_FILTER: what the program drops never arrives. At most 4096 instructions. EINVAL if the
 * kernel finds it unsound, EPERM after SO_LOCK_FILTER.
 */
export function attachFilter(fd: number, program: readonly FilterInstruction[]): void {
  attach(fd, SO_ATTACH_FILTER, program);
}

/**
 * SO_ATTACH_REUSEPORT_CBPF: the program says which socket of a SO_REUSEPORT group gets a packet or
 * a connection: 0 is the first that was bound. What is no such number is left to the kernel.
 */
export function attachReusePortFilter(fd: number, program: readonly FilterInstruction[]): void {
  attach(fd, SO_ATTACH_REUSEPORT_CBPF, program);
}

/** SO_DETACH_FILTER. ENOENT if there is none. */
export function detachFilter(fd: number): void {
  setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

/** SO_GET_FILTER: the program that is attached, as it was given; empty if there is none. */
export function attachedFilter(fd: number): FilterInstruction[] {
  const room = BPF_MAXINSNS * S.SIZEOF_SOCK_FILTER;
  const bytes = getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, room);
  const count = Math.floor(bytes.length / S.SIZEOF_SOCK_FILTER);
  return Array.from({ length: count }, (_, i) => instructionAt(bytes, i * S.SIZEOF_SOCK_FILTER));
}

function attach(fd: number, optname: number, program: readonly FilterInstruction[]): void {
  const bytes = encodeProgram(program);
  answer(calls.setsockoptFprog(fd, SOL_SOCKET, optname, bytes), "setsockopt", fd);
}

function encodeProgram(program: readonly FilterInstruction[]): Uint8Array {
  unsigned("the number of instructions", program.length, BPF_MAXINSNS);
  const bytes = new Uint8Array(program.length * S.SIZEOF_SOCK_FILTER);
  for (const [i, [code, jt, jf, k]] of program.entries()) {
    const at = i * S.SIZEOF_SOCK_FILTER;
    const view = viewOf(bytes);
    view.setUint16(at + S.OFFSETOF_FILTER_CODE, unsigned("code", code, MAX_U16), LITTLE_ENDIAN);
    bytes[at + S.OFFSETOF_FILTER_JT] = unsigned("jt", jt, MAX_U8);
    bytes[at + S.OFFSETOF_FILTER_JF] = unsigned("jf", jf, MAX_U8);
    // Offsets such as SKF_AD_OFF are negative in C, and wrap.
    setUint(bytes, at + S.OFFSETOF_FILTER_K, "k", k < 0 ? k + 2 ** 32 : k);
  }
  return bytes;
}

function instructionAt(bytes: Uint8Array, at: number): FilterInstruction {
  return [
    viewOf(bytes).getUint16(at + S.OFFSETOF_FILTER_CODE, LITTLE_ENDIAN),
    bytes[at + S.OFFSETOF_FILTER_JT],
    bytes[at + S.OFFSETOF_FILTER_JF],
    uintAt(bytes, at + S.OFFSETOF_FILTER_K),
  ];
}
