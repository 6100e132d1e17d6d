// Programs in a network namespace of their own, where `lo` is up, has two more addresses and the
// MTU of an Ethernet. Needs root. See network_namespaces(7), netdevice(7), unshare(1).
import type { Test } from "tap";
import { Program } from "../../helpers/program.ts";

const SET_UP = `
  import * as f from "fdkit";
  const C = constants;
  const lo = new f.InterfaceRequest("lo");
  const fd = f.socket(C.AF_INET6, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0);
  lo.number = 1500;
  f.ioctl(fd, C.SIOCSIFMTU, lo.bytes);
  lo.flags = C.IFF_UP;
  f.ioctl(fd, C.SIOCSIFFLAGS, lo.bytes);

  // struct in6_ifreq: the address, the length of the prefix, the interface.
  for (const address of ["fd00::1", "fd00::2"]) {
    const request = new Uint8Array(f.SIZEOF_IFREQ);
    request.set(f.inetPton(C.AF_INET6, address));
    new Uint32Array(request.buffer).set([128, 1], 4);
    f.ioctl(fd, C.SIOCSIFADDR, request);
  }

  // The kernel lets nobody use a new address until it has looked for duplicates.
  const bound = async (address) => {
    const fd = f.socket(C.AF_INET6, C.SOCK_DGRAM | C.SOCK_CLOEXEC, 0);
    for (let tries = 0; ; tries++) {
      try {
        f.bind(fd, { family: C.AF_INET6, address, port: 0 });
        return fd;
      } catch (error) {
        if (tries === 500) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };
  await bound("fd00::2");

  const failure = (run) => {
    try {
      return run();
    } catch (error) {
      return error.code;
    }
  };
`;

/**
 * Starts `code`, in which the package is `f`, its constants are `C`, `fd` is a UDP socket of IPv6,
 * `bound(address)` makes another and `failure(run)` is the name of the errno; undefined without
 * root's privileges.
 */
export function inOwnNetwork(t: Test, code: string): Program | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return new Program(t, SET_UP + code, 'exec unshare -n "$0" "$@"');
}
