// has("SO_PEERPIDFD"): whether a constant is there, in the headers of the build and in this kernel.
// The two differ: a program is built here and runs there. See option-levels.ts, getsockopt(2).
import { EAFNOSUPPORT, ENOPROTOOPT, SOCK_CLOEXEC } from "./constants.ts";
import { SyscallError } from "./errno.ts";
import { constants } from "./native.ts";
import { OPTION_LEVELS, type OptionLevel } from "./option-levels.ts";
import { close } from "./sys/file.ts";
import { socket } from "./sys/socket.ts";
import { getsockopt, setsockopt } from "./sys/sockopt.ts";

/** Room for every option that is read only to see whether it exists. */
const PROBE_BYTES = 512;

/** What was asked before: neither headers nor kernel change while a process lives. */
const known = new Map<string, boolean>();

/**
 * Whether the headers that the addon was built with have the constant `name`; of a socket option
 * (SO_, TCP_, UDP_, IP_, IPV6_, MCAST_), whether this kernel knows it as well: a socket is opened,
 * asked and closed, once per name. A kernel without IPv6 has none of its options. Throws where no
 * socket can be opened: EMFILE, ENFILE.
 */
export function has(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const answer = Object.hasOwn(constants, name) && isInKernel(name);
  known.set(name, answer);
  return answer;
}

function isInKernel(name: string): boolean {
  const level = OPTION_LEVELS.find(({ isOption }) => isOption(name));
  return level === undefined || isKnownTo(level, constants[name]);
}

function isKnownTo({ level, domain, type }: OptionLevel, optname: number): boolean {
  const fd = open(domain, type);
  if (fd === undefined) return false;
  try {
    // Some options can be read only, some written only.
    return (
      isAnswered(() => getsockopt(fd, level, optname, PROBE_BYTES)) ||
      isAnswered(() => setsockopt(fd, level, optname, 0))
    );
  } finally {
    close(fd);
  }
}

function open(domain: number, type: number): number | undefined {
  try {
    return socket(domain, type | SOCK_CLOEXEC, 0);
  } catch (error) {
    if (error instanceof SyscallError && error.errno === -EAFNOSUPPORT) return undefined;
    throw error;
  }
}

/** EINVAL, EPERM and the like come from an option that is known. */
function isAnswered(ask: () => unknown): boolean {
  try {
    ask();
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return error.errno !== -ENOPROTOOPT;
    throw error;
  }
}
