// Options of SOL_TCP that are structs or names: TCP_INFO, the congestion control, MD5 signatures.
// See tcp(7), RFC 2385, and struct tcp_info in linux/tcp.h for what each field counts.
import { SOL_TCP, TCP_CONGESTION, TCP_INFO, TCP_MD5SIG } from "../constants.ts";
import { tcpInfoFields } from "../native.ts";
import { type Address, encodeAddress } from "../sockaddr.ts";
import * as S from "../structs.ts";
import { getsockopt, setsockopt } from "../sys/sockopt.ts";
import { decodeName, encodeName, LITTLE_ENDIAN, viewOf } from "./bytes.ts";

const INFO_BYTES = 4096;
/** TCP_CA_NAME_MAX, which is the kernel's own and in no header. */
const CONGESTION_NAME_BYTES = 16;
const WHOLE_BYTE = 255;

/** What TCP_INFO tells; each name without its `tcpi_`. Newer kernels tell more. */
export type TcpInfoField =
  | "state"
  | "ca_state"
  | "retransmits"
  | "probes"
  | "backoff"
  | "options"
  | "snd_wscale"
  | "rcv_wscale"
  | "delivery_rate_app_limited"
  | "fastopen_client_fail"
  | "rto"
  | "ato"
  | "snd_mss"
  | "rcv_mss"
  | "unacked"
  | "sacked"
  | "lost"
  | "retrans"
  | "fackets"
  | "last_data_sent"
  | "last_ack_sent"
  | "last_data_recv"
  | "last_ack_recv"
  | "pmtu"
  | "rcv_ssthresh"
  | "rtt"
  | "rttvar"
  | "snd_ssthresh"
  | "snd_cwnd"
  | "advmss"
  | "reordering"
  | "rcv_rtt"
  | "rcv_space"
  | "total_retrans"
  | "pacing_rate"
  | "max_pacing_rate"
  | "bytes_acked"
  | "bytes_received"
  | "segs_out"
  | "segs_in"
  | "notsent_bytes"
  | "min_rtt"
  | "data_segs_in"
  | "data_segs_out"
  | "delivery_rate"
  | "busy_time"
  | "rwnd_limited"
  | "sndbuf_limited"
  | "delivered"
  | "delivered_ce"
  | "bytes_sent"
  | "bytes_retrans"
  | "dsack_dups"
  | "reord_seen"
  | "rcv_ooopack"
  | "snd_wnd"
  | "rcv_wnd"
  | "rehash"
  | "total_rto"
  | "total_rto_recoveries"
  | "total_rto_time"
  | "received_ce"
  | "delivered_e1_bytes"
  | "delivered_e0_bytes"
  | "delivered_ce_bytes"
  | "received_e1_bytes"
  | "received_e0_bytes"
  | "received_ce_bytes"
  | "accecn_fail_mode"
  | "accecn_opt_seen";

/** A field that the kernel did not give is not there. */
export type TcpInfo = Readonly<Partial<Record<TcpInfoField, number>>>;

/**
 * TCP_INFO: every field that this kernel gave, by the length that it wrote. Times are microseconds
 * (`rtt`, `rto`) or, named `last_…`, milliseconds; `state` is TCP_ESTABLISHED and its like. Fields
 * of 64 bits are exact below 2^53; a `max_pacing_rate` of 2^64 - 1 means that there is none.
 */
export function tcpInfo(fd: number): TcpInfo {
  const bytes = getsockopt(fd, SOL_TCP, TCP_INFO, INFO_BYTES);
  const view = viewOf(bytes);
  const info: Record<string, number> = {};
  for (const { name, offset, size, mask } of tcpInfoFields) {
    if (offset + size > bytes.length) break;
    const value = fieldAt(view, offset, size);
    info[name.replace(/^tcpi_/, "")] = mask === WHOLE_BYTE ? value : bits(value, mask);
  }
  return info;
}

function fieldAt(view: DataView, offset: number, size: number): number {
  if (size === 1) return view.getUint8(offset);
  if (size === 2) return view.getUint16(offset, LITTLE_ENDIAN);
  if (size === 4) return view.getUint32(offset, LITTLE_ENDIAN);
  return Number(view.getBigUint64(offset, LITTLE_ENDIAN));
}

/** The bits that `mask` has, moved to the right: its lowest bit divides the others away. */
function bits(value: number, mask: number): number {
  return (value & mask) / (mask & -mask);
}

/** TCP_CONGESTION: the algorithm that decides how fast to send: "cubic", "bbr", "reno". */
export function congestionControl(fd: number): string {
  return decodeName(getsockopt(fd, SOL_TCP, TCP_CONGESTION, CONGESTION_NAME_BYTES));
}

/** TCP_CONGESTION. ENOENT if the kernel has none of this name, EPERM if it is not for everyone. */
export function setCongestionControl(fd: number, name: string): void {
  const bytes = encodeName("the name of a congestion control", name, CONGESTION_NAME_BYTES - 1);
  setsockopt(fd, SOL_TCP, TCP_CONGESTION, bytes);
}

/**
 * TCP_MD5SIG: signs every segment to and from `peer` with `key` (RFC 2385, for BGP); an empty key
 * takes it back. On a listening socket it is for connections from that address. ENOENT if there
 * was no key to take back, ENOPROTOOPT in a kernel without CONFIG_TCP_MD5SIG.
 */
export function setMd5Key(fd: number, peer: Address, key: Uint8Array): void {
  const room = S.SIZEOF_TCP_MD5SIG - S.OFFSETOF_TCPM_KEY;
  if (key.length > room) throw new RangeError(`key must have at most ${room} bytes`);
  const bytes = new Uint8Array(S.SIZEOF_TCP_MD5SIG);
  bytes.set(encodeAddress(peer), S.OFFSETOF_TCPM_ADDR);
  viewOf(bytes).setUint16(S.OFFSETOF_TCPM_KEYLEN, key.length, LITTLE_ENDIAN);
  bytes.set(key, S.OFFSETOF_TCPM_KEY);
  setsockopt(fd, SOL_TCP, TCP_MD5SIG, bytes);
}
