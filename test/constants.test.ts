// lib/constants/ and native/constants-*.h have the same names, and the values are the kernel's.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants as os } from "node:os";
import { fileURLToPath } from "node:url";
import t from "tap";
import * as named from "../lib/constants.ts";
import { has } from "../lib/has.ts";
import { constants, errnos } from "../lib/native.ts";
import { OPTION_LEVELS } from "../lib/option-levels.ts";
import * as structs from "../lib/structs.ts";
import { leavesNoFd } from "./helpers/fds.ts";

const exported: Record<string, number> & typeof named & typeof structs = { ...named, ...structs };
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Every name in the lists of native/, with the title of its section. */
const listed = new Map<string, string>();
for (const file of readdirSync(`${ROOT}/native`)) {
  if (!/^constants-\w+\.h$/.test(file)) continue;
  let title = "";
  for (const line of readFileSync(`${ROOT}/native/${file}`, "utf8").split("\n")) {
    if (line.startsWith("// ")) title = line;
    for (const [, name] of line.matchAll(/\b[ME]\((\w+)\)/g)) listed.set(name as string, title);
  }
}
const lacking = [...listed.keys()].filter((name) => !(name in constants));

t.test(
  "TypeScript names exactly what the addon has, or would have with newer headers",
  async (t) => {
    const { status } = spawnSync(process.execPath, [`${ROOT}/scripts/constants.cjs`, "--check"]);
    t.equal(status, 0, "node scripts/constants.cjs has been run");
    t.strictSame(Object.keys(exported).sort(), [...Object.keys(constants), ...lacking].sort());
    t.ok(listed.size > 1700 && lacking.length < listed.size / 10, `${lacking}`);
  },
);

/** Of the families that this is a toolkit for; more of others are listed as well. */
const PREFIXES =
  "AF PF SOCK SOL SO SCM MSG SHUT TCP UDP IP IPV6 IPPROTO MCAST INADDR PACKET ETH NETLINK NLM " +
  "NLMSG VMADDR CAN BPF F FD O AT RWF SEEK MADV EFD TFD SFD IN PIDFD";
const FAMILIES = new RegExp(`^(${PREFIXES.replaceAll(" ", "|")})_|^E?POLL`);
/** The last is defined as a name that no header has. */
const NO_CONSTANTS = /^(FD_SETSIZE|CAN_NPROTO|CAN_MAX_RAW_DLC|CAN_ISOTP_DEFAULT_\w+|SCM_SRCRT)$/;
/** The newest headers that were looked through, as in <linux/version.h>. */
const LINUX_6_1 = (6 << 16) + (1 << 8) + 255;

t.test("nothing that the headers define is missing", async (t) => {
  const source = readFileSync(`${ROOT}/native/constants.cc`, "utf8");
  const includes = source.match(/^#include <.*>$/gm) as string[];
  const input = [...includes, "#include <linux/version.h>\n"].join("\n");
  const options = ["-D_GNU_SOURCE", "-dM", "-E", "-x", "c++", "-"];
  const { stdout, error } = spawnSync("g++", options, { input, encoding: "utf8" });
  if (error !== undefined) return t.pass("compared", { skip: "g++ is not there" });
  const values = new Map([...stdout.matchAll(/^#define (\w+) (\S+)/gm)].map(([, n, v]) => [n, v]));
  if (Number(values.get("LINUX_VERSION_CODE")) > LINUX_6_1) {
    return t.pass("compared", { skip: "these headers are newer than those of Linux 6.1" });
  }
  const macros = [...values.keys()] as string[];
  const wanted = macros.filter((name) => FAMILIES.test(name) && !NO_CONSTANTS.test(name));
  t.ok(wanted.length > 900, `${wanted.length}`);
  t.strictSame(
    wanted.filter((name) => !listed.has(name)),
    [],
  );
});

/** Those that C has as negative numbers. */
const NEGATIVE =
  /^(AT_FDCWD|BPF_(LL|NET)_OFF|EAI_\w+|NLA_TYPE_MASK|SI_\w+|SKF_\w+_OFF|TCP_REPAIR_OFF_NO_WP)$/;

t.test("every constant is an integer, and bits are unsigned", async (t) => {
  const wrong = Object.entries(exported).filter(
    ([name, value]) =>
      !(Number.isInteger(value) && value >= (NEGATIVE.test(name) ? -(2 ** 31) : 0)) ||
      value >= 2 ** 32,
  );
  t.strictSame(
    wrong.filter(([name]) => !lacking.includes(name)),
    [],
  );
  t.equal(exported.EPOLLET, 2 ** 31);
});

t.test("errnos and signals are the numbers that Node has", async (t) => {
  for (const [name, value] of Object.entries({ ...os.errno, ...os.signals })) {
    if (name in constants) t.equal(constants[name], value, name);
  }
  const known = new Set(errnos.map(({ errno }) => errno));
  t.strictSame(
    Object.values(os.errno).filter((errno) => !known.has(errno)),
    [],
  );
});

const PYTHON = `
import errno, fcntl, json, os, select, signal, socket, stat
modules = [socket, select, fcntl, os, signal, stat, errno]
print(json.dumps({n: int(getattr(m, n)) for m in modules for n in dir(m)
  if n.isupper() and isinstance(getattr(m, n), int)}))`;

t.test("the values are those that Python has", async (t) => {
  const { status, stdout, error } = spawnSync("python3", ["-c", PYTHON], { encoding: "utf8" });
  if (error !== undefined || status !== 0) {
    t.comment("python3 is not there");
    return;
  }
  const python = JSON.parse(stdout) as Record<string, number>;
  const shared = Object.keys(python).filter((name) => name in constants);
  t.ok(shared.length > 300, `${shared.length} are in both`);
  t.strictSame(
    shared.filter((name) => (python[name] as number) >>> 0 !== (constants[name] as number) >>> 0),
    [],
  );
});

t.test("the options of each level are those of its section", async (t) => {
  const levels: [number, RegExp][] = [
    [named.SOL_SOCKET, /options of SOL_SOCKET/],
    [named.SOL_TCP, /options of SOL_TCP/],
    [named.SOL_UDP, /options of SOL_UDP/],
    [named.SOL_IP, /options of SOL_IP:/],
    [named.SOL_IPV6, /options of SOL_IPV6/],
  ];
  for (const [level, section] of levels) {
    const isOption = OPTION_LEVELS.find((row) => row.level === level)?.isOption ?? (() => false);
    const expected = [...listed].filter(([, title]) => section.test(title)).map(([name]) => name);
    t.strictSame([...listed.keys()].filter(isOption).sort(), expected.sort());
    t.ok(expected.length > 5);
  }
});

t.test("has() tells what the headers and the kernel have", async (t) => {
  for (const name of ["AF_UNIX", "SO_REUSEPORT", "SO_ATTACH_FILTER", "SO_DETACH_FILTER"]) {
    t.equal(has(name), true, name);
  }
  for (const name of ["TCP_INFO", "TCP_CLOSE", "UDP_SEGMENT", "IP_ADD_MEMBERSHIP", "IPV6_V6ONLY"]) {
    t.equal(has(name), true, name);
  }
  // Linux never had the first, and a name that nobody has is no property of a prototype.
  for (const name of ["SO_SECURITY_AUTHENTICATION", "SO_NOTHING", "toString", ...lacking]) {
    t.equal(has(name), false, name);
  }
  t.equal(has("IP_XFRM_POLICY"), has("IP_XFRM_POLICY"), "the second answer is the first");
});

t.test("the layouts are those of the C structs", async (t) => {
  const { SIZEOF_EPOLL_EVENT, OFFSETOF_EPOLL_EVENT_DATA } = exported;
  const packed = process.arch === "x64";
  t.strictSame([SIZEOF_EPOLL_EVENT, OFFSETOF_EPOLL_EVENT_DATA], packed ? [12, 4] : [16, 8]);
  t.equal(exported.SIZEOF_SOCKADDR_IN, 16);
  t.equal(exported.SIZEOF_SOCKADDR_IN6, 28);
  t.equal(exported.SIZEOF_SOCKADDR_UN - exported.OFFSETOF_SUN_PATH, 108);
  t.equal(exported.SIZEOF_SOCKADDR_STORAGE, 128);
});

leavesNoFd(t);
