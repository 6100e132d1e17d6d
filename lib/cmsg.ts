// Control messages: what lies in the control data of recvmsg and sendmsg.
//
// Each is a struct cmsghdr (length, level, type) and its data, padded so that the next one is
// aligned. A message may be cut off where the receiver's room ended; then its length says so, and
// MSG_CTRUNC is among the flags. See cmsg(3), and cmsg-types.ts for what each type carries.
import { endianness } from "node:os";
import {
  ALIGNOF_CMSGHDR,
  OFFSETOF_CMSG_LEN,
  OFFSETOF_CMSG_LEVEL,
  OFFSETOF_CMSG_TYPE,
  SIZEOF_CMSGHDR,
} from "./structs.ts";

/** One control message: `level` and `type` as setsockopt(2) has them, and what it carries. */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** How one type of control message is written and read: cmsg-types.ts has one for each. */
export interface ControlType<T> {
  readonly level: number;
  readonly type: number;
  /** The fewest bytes that can be decoded. */
  readonly size: number;
  /** The data behind the header, in the order of bytes of this machine. */
  encode(value: T): Uint8Array;
  /** What data of at least `size` bytes say. */
  decode(data: Uint8Array): T;
}

const LITTLE_ENDIAN = endianness() === "LE";

/** cmsg_len is as wide as the C library likes; its low 32 bits are all that can be in use. */
const LEN_LOW = LITTLE_ENDIAN ? OFFSETOF_CMSG_LEN : OFFSETOF_CMSG_LEVEL - 4;

function align(size: number): number {
  return Math.ceil(size / ALIGNOF_CMSGHDR) * ALIGNOF_CMSGHDR;
}

/** `CMSG_LEN(size)`: a control message with `size` bytes of data, without the padding behind it. */
export function cmsgLen(size: number): number {
  return align(SIZEOF_CMSGHDR) + size;
}

/**
 * `CMSG_SPACE(size)`: the room that a control message with `size` bytes of data takes. On 64-bit
 * machines the padding behind one fd has room for a second, which then arrives too.
 */
export function cmsgSpace(size: number): number {
  return align(cmsgLen(size));
}

/** A control message of `kind` that says `value`: for encodeControl(). */
export function controlMessage<T>(kind: ControlType<T>, value: T): ControlMessage {
  return { level: kind.level, type: kind.type, data: kind.encode(value) };
}

/** The control data for sendmsg(): the messages one behind the other. */
export function encodeControl(...messages: ControlMessage[]): Uint8Array {
  const size = messages.reduce((sum, { data }) => sum + cmsgSpace(data.length), 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { level, type, data } of messages) {
    view.setUint32(at + LEN_LOW, cmsgLen(data.length), LITTLE_ENDIAN);
    view.setInt32(at + OFFSETOF_CMSG_LEVEL, level, LITTLE_ENDIAN);
    view.setInt32(at + OFFSETOF_CMSG_TYPE, type, LITTLE_ENDIAN);
    bytes.set(data, at + cmsgLen(0));
    at += cmsgSpace(data.length);
  }
  return bytes;
}

/**
 * The messages in the first `length` bytes of control data, each with a view on its own data.
 * What is cut off has less data than it should; bytes that make no header are left out.
 */
export function controlMessages(control: Uint8Array, length = control.length): ControlMessage[] {
  const end = Math.min(length, control.length);
  const view = new DataView(control.buffer, control.byteOffset, end);
  const messages: ControlMessage[] = [];
  for (let at = 0; end - at >= cmsgLen(0); ) {
    const size = view.getUint32(at + LEN_LOW, LITTLE_ENDIAN);
    if (size < cmsgLen(0) || size > end - at) break;
    messages.push({
      level: view.getInt32(at + OFFSETOF_CMSG_LEVEL, LITTLE_ENDIAN),
      type: view.getInt32(at + OFFSETOF_CMSG_TYPE, LITTLE_ENDIAN),
      data: control.subarray(at + cmsgLen(0), at + size),
    });
    at += align(size);
  }
  return messages;
}

/** What the first message of `kind` says; undefined if there is none, or only a part of it. */
export function findControl<T>(
  kind: ControlType<T>,
  control: Uint8Array,
  length = control.length,
): T | undefined {
  const found = controlMessages(control, length).find(
    ({ level, type }) => level === kind.level && type === kind.type,
  );
  if (found === undefined || found.data.length < kind.size) return undefined;
  return kind.decode(found.data);
}
