// The messages of recvmsg, sendmsg, recvmmsg and sendmmsg as strace(1) writes struct msghdr.
// What control data says: control-format.ts. How a batch lies in memory: ../sys/mmsghdr.ts.
import { MSG_CMSG_CLOEXEC } from "../constants.ts";
import { controlData } from "./control-format.ts";
import { iovecs, list, type Made, slice } from "./format.ts";
import { sockaddr } from "./sockaddr-format.ts";
import { flags, MESSAGE_FLAGS } from "./symbols.ts";

/** A struct msghdr: `filled` bytes of its buffers are worth showing. */
interface Header {
  readonly name: Uint8Array | null;
  /** How long the name is, and how much room it had, where that is something else. */
  readonly namelen: number;
  readonly nameRoom: number;
  readonly buffers: readonly Uint8Array[];
  readonly filled: number;
  readonly control: Uint8Array | null;
  readonly controllen: number;
  readonly flags: number;
}

function header(message: Header, limit: number): string {
  const { name, namelen, nameRoom, buffers, filled, control, controllen } = message;
  const unnamed = name === null || nameRoom === 0 ? "NULL" : "...";
  const known = name !== null && namelen > 0 ? sockaddr(name, namelen, limit) : unnamed;
  const length = namelen === nameRoom ? `${namelen}` : `${nameRoom} => ${namelen}`;
  const extra =
    control === null || controllen === 0
      ? ""
      : `, msg_control=${controlData(slice(control, controllen), limit)}`;
  return (
    `{msg_name=${known}, msg_namelen=${length}, msg_iov=${iovecs(buffers, limit, filled)}, ` +
    `msg_iovlen=${buffers.length}${extra}, msg_controllen=${controllen}, ` +
    `msg_flags=${flags(message.flags, MESSAGE_FLAGS)}}`
  );
}

export function sentMessage({ args, limit }: Made): string {
  const [, buffers, name, namelen, control, controllen] = args as [
    number,
    Uint8Array[],
    Uint8Array | null,
    number,
    Uint8Array | null,
    number,
  ];
  const message = { name, namelen, nameRoom: namelen, buffers, filled: Infinity };
  return header({ ...message, control, controllen, flags: 0 }, limit);
}

/** native/msghdr.cc reports namelen, controllen, flags and the number of fds in `received`. */
export function receivedMessage({ args, result, limit }: Made): string {
  const [, buffers, name, control] = args as [
    number,
    Uint8Array[],
    Uint8Array | null,
    Uint8Array | null,
  ];
  const nameRoom = name?.length ?? 0;
  if (result < 0) return `{msg_namelen=${nameRoom}}`;
  const [namelen = 0, controllen = 0, mask = 0] = args[5] as Int32Array;
  const message = { name, namelen: name === null ? 0 : namelen, nameRoom, buffers, filled: result };
  return header({ ...message, control, controllen, flags: mask | MSG_CMSG_CLOEXEC }, limit);
}

/** How many numbers there are of each message of a batch. */
const ROW = 5;

/** One message of a batch. */
interface Part {
  readonly buffer: Uint8Array;
  readonly name: Uint8Array;
  readonly control: Uint8Array;
  readonly length: number;
  readonly namelen: number;
  readonly controllen: number;
  readonly flags: number;
}

function partsOf({ args }: Made, first: number, count: number): Part[] {
  const [, buffer, names, control] = args as [number, Uint8Array, Uint8Array, Uint8Array];
  const rows = args[5] as Int32Array;
  const capacity = Number(args[6]);
  const share = (bytes: Uint8Array, i: number) => {
    const size = bytes.length / capacity;
    return bytes.subarray(i * size, (i + 1) * size);
  };
  return Array.from({ length: count }, (_, n) => {
    const i = first + n;
    const [length = 0, namelen = 0, controllen = 0, mask = 0] = rows.subarray(i * ROW);
    const memory = {
      buffer: share(buffer, i),
      name: share(names, i),
      control: share(control, i),
    };
    return { ...memory, length, namelen, controllen, flags: mask };
  });
}

/** All that were to be sent; the length of those that were. */
export function sentMessages(call: Made): string {
  const parts = partsOf(call, Number(call.args[9]), Number(call.args[7]));
  const items = parts.map(({ buffer, name, control, length, namelen, controllen }, i) => {
    const message = {
      name,
      namelen,
      nameRoom: namelen,
      buffers: [buffer.subarray(0, length)],
      filled: Infinity,
      control,
      controllen,
      flags: 0,
    };
    const sent = i < call.result ? `, msg_len=${length}` : "";
    return `{msg_hdr=${header(message, call.limit)}${sent}}`;
  });
  return list(items);
}

export function receivedMessages(call: Made): string {
  if (call.result < 0) return "...";
  const items = partsOf(call, 0, call.result).map((part) => {
    const { buffer, name, control, length, namelen, controllen } = part;
    const message = {
      name,
      namelen,
      nameRoom: name.length,
      buffers: [buffer],
      filled: length,
      control,
      controllen,
      flags: part.flags | MSG_CMSG_CLOEXEC,
    };
    return `{msg_hdr=${header(message, call.limit)}, msg_len=${length}}`;
  });
  return list(items);
}
