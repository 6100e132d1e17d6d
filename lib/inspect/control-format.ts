// Control data as strace(1) writes it: {cmsg_len=20, cmsg_level=SOL_IP, cmsg_type=IP_TTL,
// cmsg_data=[64]}. Newer types that strace leaves out are written in its manner.
// See also ../cmsg-types.ts, which reads them.
import { type ControlMessage, type ControlType, cmsgLen, controlMessages } from "../cmsg.ts";
import * as kinds from "../cmsg-types.ts";
import { type Address, encodeAddress } from "../sockaddr.ts";
import { list } from "./format.ts";
import { interfaceName } from "./interface-names.ts";
import { sockaddr } from "./sockaddr-format.ts";
import { controlName, hex, LEVELS, symbol } from "./symbols.ts";

/** The control messages in `control`; dots where there is not even the head of one. */
export function controlData(control: Uint8Array, limit: number): string {
  const messages = controlMessages(control);
  if (messages.length === 0) return "...";
  return list(messages.map((message) => controlMessage(message, limit)));
}

function controlMessage(message: ControlMessage, limit: number): string {
  const { level, type, data } = message;
  const print = PRINTERS.find((one) => one.level === level && one.type === type);
  const isWhole = print !== undefined && data.length > 0 && data.length >= print.size;
  const extra = isWhole ? `, cmsg_data=${print.say(data, limit)}` : "";
  const head = `cmsg_len=${cmsgLen(data.length)}, cmsg_level=${symbol(level, LEVELS)}`;
  return `{${head}, cmsg_type=${controlName(level, type)}${extra}}`;
}

interface Printer {
  readonly level: number;
  readonly type: number;
  /** With fewer bytes there is nothing to say. */
  readonly size: number;
  say(data: Uint8Array, limit: number): string;
}

function printer<T>(kind: ControlType<T>, say: (value: T, limit: number) => string): Printer {
  const { level, type, size } = kind;
  return { level, type, size, say: (data, limit) => say(kind.decode(data), limit) };
}

const number = (kind: ControlType<number>) => printer(kind, (value) => `[${value}]`);

/** Each byte of what is a number elsewhere. */
const bytes = (kind: ControlType<number>): Printer => ({
  ...number(kind),
  say: (data) => list(Array.from(data, hex)),
});

function address(value: Address | Uint8Array, limit: number): string {
  const encoded = encodeAddress(value);
  return sockaddr(encoded, encoded.length, limit);
}

function extendedError(error: kinds.ExtendedError, limit: number): string {
  const { errno, origin, type, code, info, data, offender } = error;
  const from = offender === undefined ? "" : `, offender=${address(offender, limit)}`;
  return (
    `{ee_errno=${errno}, ee_origin=${origin}, ee_type=${type}, ee_code=${code}, ` +
    `ee_info=${info}, ee_data=${data}${from}}`
  );
}

const time = (fraction: string, unit: number) => (at: kinds.Timestamp) =>
  `{tv_sec=${at.seconds}, ${fraction}=${at.nanoseconds / unit}}`;

const PRINTERS: readonly Printer[] = [
  printer(kinds.scmRights, (fds) => list(fds.map(String))),
  printer(kinds.scmCredentials, ({ pid, uid, gid }) => `{pid=${pid}, uid=${uid}, gid=${gid}}`),
  printer(kinds.ipPktinfo, ({ ifindex, specDst, addr }) => {
    const from = `ipi_spec_dst=inet_addr("${specDst}"), ipi_addr=inet_addr("${addr}")`;
    return `{ipi_ifindex=${interfaceName(ifindex)}, ${from}}`;
  }),
  printer(kinds.ipv6Pktinfo, ({ ifindex, addr }) => {
    const to = `inet_pton(AF_INET6, "${addr}", &ipi6_addr)`;
    return `{${to}, ipi6_ifindex=${interfaceName(ifindex)}}`;
  }),
  bytes(kinds.ipTos),
  number(kinds.ipTtl),
  number(kinds.ipv6Hoplimit),
  number(kinds.ipv6Tclass),
  number(kinds.udpGro),
  number(kinds.udpSegment),
  number(kinds.soRxqOvfl),
  number(kinds.tcpInq),
  printer(kinds.soTimestamp, time("tv_usec", 1000)),
  printer(kinds.soTimestampns, time("tv_nsec", 1)),
  printer(kinds.soTimestamping, ({ software, hardware }) => {
    const unused = { seconds: 0, nanoseconds: 0 };
    return list([software, unused, hardware].map(time("tv_nsec", 1)));
  }),
  printer(kinds.ipOrigdstaddr, address),
  printer(kinds.ipv6Origdstaddr, address),
  printer(kinds.ipRecverr, extendedError),
  printer(kinds.ipv6Recverr, extendedError),
];
