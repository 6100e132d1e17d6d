/**
 * From the settings `bind`, `port` and `unixsocket` to the addresses to listen on. `port 0` means
 * no TCP if there is a unix socket to listen on; otherwise the kernel chooses the port.
 */

import { type Address, AF_INET, AF_INET6, AF_UNIX, inetPton } from "fdkit";
import { type Settings, UsageError } from "./config.ts";

export interface ListenAddress {
  readonly address: Address;
  /** Written with a leading `-` in `bind`: to be passed over when this machine does not have it. */
  readonly isOptional: boolean;
}

/** The names that need no resolver. */
const NAMES = new Map([
  ["*", "0.0.0.0"],
  ["::*", "::"],
  ["localhost", "127.0.0.1"],
]);

export function tcpAddresses(settings: Settings): ListenAddress[] {
  const { port, unixsocket } = settings;
  if (port === 0 && unixsocket !== "") return [];
  // Two addresses could not share a port that the kernel is to choose.
  const words = port === 0 ? settings.bind.slice(0, 1) : settings.bind;
  return words.map((word) => {
    const isOptional = word.startsWith("-");
    const host = isOptional ? word.slice(1) : word;
    return { address: tcpAddress(NAMES.get(host) ?? host, port), isOptional };
  });
}

function tcpAddress(address: string, port: number): Address {
  if (inetPton(AF_INET, address) !== undefined) return { family: AF_INET, address, port };
  if (inetPton(AF_INET6, address) !== undefined) return { family: AF_INET6, address, port };
  throw new UsageError(`bind: '${address}' is not an IPv4 or IPv6 address`);
}

export function unixAddresses(settings: Settings): ListenAddress[] {
  const path = settings.unixsocket;
  return path === "" ? [] : [{ address: { family: AF_UNIX, path }, isOptional: false }];
}

/** Whether a peer is on this machine: protected mode lets it in. */
export function isLocal(peer: Address | Uint8Array): boolean {
  if (!("address" in peer)) return true;
  return /^(?:::ffff:)?127\./.test(peer.address) || peer.address === "::1";
}
