// Memberships of multicast groups, of both families: struct ip_mreqn, ipv6_mreq, group_req and
// group_source_req. An interface is its index; 0 lets the kernel choose by its routes.
// See ip(7), ipv6(7), RFC 3678 for the MCAST_ options.
import * as C from "../constants.ts";
import { encodeAddress } from "../sockaddr.ts";
import * as S from "../structs.ts";
import { getsockopt, setsockopt } from "../sys/sockopt.ts";
import { parseAddress, setUint } from "./bytes.ts";

/**
 * `struct ip_mreqn`, for IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP and IP_MULTICAST_IF: the group, the
 * interface by one of its addresses, and by its index, which comes first if it is not 0.
 */
export function ipMreqn(multiaddr: string, address: string, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(S.SIZEOF_IP_MREQN);
  bytes.set(addressOf(C.AF_INET, multiaddr), S.OFFSETOF_IMR_MULTIADDR);
  bytes.set(addressOf(C.AF_INET, address), S.OFFSETOF_IMR_ADDRESS);
  setUint(bytes, S.OFFSETOF_IMR_IFINDEX, "ifindex", ifindex);
  return bytes;
}

/** `struct ipv6_mreq`, for IPV6_ADD_MEMBERSHIP and IPV6_DROP_MEMBERSHIP. */
export function ipv6Mreq(multiaddr: string, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(S.SIZEOF_IPV6_MREQ);
  bytes.set(addressOf(C.AF_INET6, multiaddr), S.OFFSETOF_IPV6MR_MULTIADDR);
  setUint(bytes, S.OFFSETOF_IPV6MR_INTERFACE, "ifindex", ifindex);
  return bytes;
}

/** `struct group_req`, for MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP of either family. */
export function groupReq(group: string, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(S.SIZEOF_GROUP_REQ);
  setUint(bytes, S.OFFSETOF_GR_INTERFACE, "ifindex", ifindex);
  bytes.set(sockaddrOf(group), S.OFFSETOF_GR_GROUP);
  return bytes;
}

/** `struct group_source_req`, for the MCAST_ options about one sender to a group. */
export function groupSourceReq(group: string, source: string, ifindex: number): Uint8Array {
  const bytes = new Uint8Array(S.SIZEOF_GROUP_SOURCE_REQ);
  setUint(bytes, S.OFFSETOF_GSR_INTERFACE, "ifindex", ifindex);
  bytes.set(sockaddrOf(group), S.OFFSETOF_GSR_GROUP);
  bytes.set(sockaddrOf(source), S.OFFSETOF_GSR_SOURCE);
  return bytes;
}

/** Receives what is sent to `group`, an IPv4 or IPv6 address. EADDRINUSE (joined), ENODEV. */
export function joinGroup(fd: number, group: string, ifindex = 0): void {
  setsockopt(fd, levelOf(group), C.MCAST_JOIN_GROUP, groupReq(group, ifindex));
}

/** EADDRNOTAVAIL if the socket did not join. */
export function leaveGroup(fd: number, group: string, ifindex = 0): void {
  setsockopt(fd, levelOf(group), C.MCAST_LEAVE_GROUP, groupReq(group, ifindex));
}

/** Receives what `source` sends to `group`, and nothing that others do: RFC 4607. */
export function joinSource(fd: number, group: string, source: string, ifindex = 0): void {
  const req = groupSourceReq(group, source, ifindex);
  setsockopt(fd, levelOf(group), C.MCAST_JOIN_SOURCE_GROUP, req);
}

/** Ends joinSource(). EINVAL if the group was not joined, EADDRNOTAVAIL if this source was not. */
export function leaveSource(fd: number, group: string, source: string, ifindex = 0): void {
  const req = groupSourceReq(group, source, ifindex);
  setsockopt(fd, levelOf(group), C.MCAST_LEAVE_SOURCE_GROUP, req);
}

/** In a group that was joined as a whole: nothing from `source` any more. */
export function blockSource(fd: number, group: string, source: string, ifindex = 0): void {
  const req = groupSourceReq(group, source, ifindex);
  setsockopt(fd, levelOf(group), C.MCAST_BLOCK_SOURCE, req);
}

/** Ends blockSource(). EADDRNOTAVAIL if `source` was not blocked. */
export function unblockSource(fd: number, group: string, source: string, ifindex = 0): void {
  const req = groupSourceReq(group, source, ifindex);
  setsockopt(fd, levelOf(group), C.MCAST_UNBLOCK_SOURCE, req);
}

/** IP_MULTICAST_IF, IPV6_MULTICAST_IF: through which interface to send to groups. */
export function setMulticastInterface(fd: number, ifindex: number): void {
  if (getsockopt(fd, C.SOL_SOCKET, C.SO_DOMAIN) === C.AF_INET6) {
    setsockopt(fd, C.SOL_IPV6, C.IPV6_MULTICAST_IF, ifindex);
  } else {
    setsockopt(fd, C.SOL_IP, C.IP_MULTICAST_IF, ipMreqn("0.0.0.0", "0.0.0.0", ifindex));
  }
}

function levelOf(group: string): number {
  return parseAddress(group).family === C.AF_INET6 ? C.SOL_IPV6 : C.SOL_IP;
}

function sockaddrOf(text: string): Uint8Array {
  return encodeAddress({ family: parseAddress(text).family, address: text, port: 0 });
}

function addressOf(family: number, text: string): Uint8Array {
  const { family: found, bytes } = parseAddress(text);
  if (found === family) return bytes;
  throw new RangeError(`${JSON.stringify(text)} is an address of another family`);
}
