// The places of poll(2) as strace(1) writes them: what was asked before the result, what came of it
// behind. An answer is in the same memory as the question, which it leaves alone.
import { endianness } from "node:os";
import {
  OFFSETOF_POLLFD_EVENTS,
  OFFSETOF_POLLFD_FD,
  OFFSETOF_POLLFD_REVENTS,
  SIZEOF_POLLFD,
} from "../structs.ts";
import { list } from "./format.ts";
import { flags, POLL_EVENTS } from "./symbols.ts";

const LITTLE_ENDIAN = endianness() === "LE";

interface Place {
  readonly fd: number;
  readonly events: string;
  /** "" where nothing has happened. */
  readonly revents: string;
}

function places(args: readonly unknown[]): Place[] {
  const bytes = args[0] as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Number(args[1]) }, (_, i) => {
    const at = i * SIZEOF_POLLFD;
    const events = view.getUint16(at + OFFSETOF_POLLFD_EVENTS, LITTLE_ENDIAN);
    const revents = view.getUint16(at + OFFSETOF_POLLFD_REVENTS, LITTLE_ENDIAN);
    const fd = view.getInt32(at + OFFSETOF_POLLFD_FD, LITTLE_ENDIAN);
    return { fd, events: flags(events, POLL_EVENTS), revents: flags(revents, POLL_EVENTS, "") };
  });
}

/** `[{fd=3, events=POLLIN}, {fd=-1}]` */
export function pollFds({ args }: { readonly args: readonly unknown[] }): string {
  return list(
    places(args).map(({ fd, events }) => (fd < 0 ? `{fd=${fd}}` : `{fd=${fd}, events=${events}}`)),
  );
}

/** `[{fd=3, revents=POLLIN}]`, of those where something has happened. */
export function pollAnswer(args: readonly unknown[], result: number): string {
  if (result === 0) return "Timeout";
  const ready = places(args).filter(({ fd, revents }) => fd >= 0 && revents !== "");
  return list(ready.map(({ fd, revents }) => `{fd=${fd}, revents=${revents}}`));
}
