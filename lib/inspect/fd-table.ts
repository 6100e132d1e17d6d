// The open fds of a process as a table on the terminal: a line for each, what it is and its state.
// See also fds.ts for the data.
import type { FdInfo } from "./fds.ts";
import type { SocketInfo } from "./proc-net.ts";

const HEAD = ["FD", "KIND", "STATE", "FLAGS", "WHAT"];

/** The table, with its heading, a line for each fd. */
export function formatFds(fds: readonly FdInfo[]): string {
  const rows = [
    HEAD,
    ...fds.map((info) => [
      String(info.fd),
      info.kind,
      info.socket?.state ?? "",
      info.flags.replaceAll("O_", ""),
      describe(info),
    ]),
  ];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

function describe({ kind, target, socket, epoll, timer, count, partners }: FdInfo): string {
  if (socket !== undefined) return describeSocket(socket);
  if (epoll !== undefined) {
    return epoll.map(({ fd, events }) => `${fd}: ${events.replaceAll("EPOLL", "")}`).join(", ");
  }
  if (timer !== undefined) {
    const next = timer.valueNs === 0 ? "off" : `in ${timer.valueNs / 1e9} s`;
    const every = timer.intervalNs === 0 ? "" : `, every ${timer.intervalNs / 1e9} s`;
    return `${timer.clock} ${next}${every}`;
  }
  if (count !== undefined) return `count ${count}`;
  if (kind !== "pipe") return target;
  return partners?.length ? `${target}, also ${partners.join(", ")}` : target;
}

function describeSocket(socket: SocketInfo): string {
  const { family, type, protocol, local, peer, receiveQueue = 0, sendQueue = 0 } = socket;
  const parts = [protocol ?? `${family} ${type}`];
  if (protocol !== undefined && family === "AF_INET6") parts.push("AF_INET6");
  if (local !== undefined) parts.push(local);
  if (peer !== undefined) parts.push(`-> ${peer}`);
  if (receiveQueue > 0) parts.push(`receive queue ${receiveQueue}`);
  if (sendQueue > 0) parts.push(`send queue ${sendQueue}`);
  return parts.join(" ").replace(/IPPROTO_/, "");
}
