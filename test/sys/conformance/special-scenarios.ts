// Scenarios that only some families have: control data, files, pipes, and what isn't there at all.
// How they are written is told in scenarios.ts.
import type { Argument, Scenario, Step } from "./scenarios.ts";

// Not among the constants of every Python: the numbers that they have on Linux.
const IP_RECVTTL = 12;
const IP_PKTINFO = 8;
const UDP_SEGMENT = 103;

const RIGHTS = ["SOL_SOCKET", "SCM_RIGHTS"] as const;

const unixPair = (type: string): Step => ["a,b=socketpair", "AF_UNIX", type, 0];

/** Two fds, received with room for each of these numbers of bytes. */
const rooms = (type: string): Scenario => [
  unixPair(type),
  ...[0, 1, 8, 15, 16, 17, 19, 20, 23, 24, 25, 32, 100].flatMap((room): Step[] => [
    ["sendmsg", "$a", ["'x"], [[...RIGHTS, ["$a", "$b"]]], 0],
    ["recvmsg", "$b", 9, room, 0],
  ]),
];

const rights = (type: string): Scenario => [
  unixPair(type),
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, []]], 0],
  ["recvmsg", "$b", 9, 100, 0],
  [
    "sendmsg",
    "$a",
    ["'x"],
    [
      [...RIGHTS, ["$a"]],
      [...RIGHTS, ["$b", "$a"]],
    ],
    0,
  ],
  ["recvmsg", "$b", 9, 100, "MSG_PEEK"],
  ["recv", "$b", 9, 0],
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, [2147483647]]], 0],
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, new Array<Argument>(253).fill("$a")]], 0],
  ["recvmsg", "$b", 9, 2000, 0],
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, new Array<Argument>(254).fill("$a")]], 0],
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, "'abc"]], 0],
  ["recvmsg", "$b", 9, 100, 0],
  ["sendmsg", "$a", ["'x"], [["SOL_SOCKET", 999, "'abcd"]], 0],
  ["sendmsg", "$a", ["'x"], [["IPPROTO_IP", 999, "'abcd"]], 0],
  ["recvmsg", "$b", 9, 100, 0],
  ["sendmsg", "$a", [], [[...RIGHTS, ["$a"]]], 0],
  ["recvmsg", "$b", 9, 100, "MSG_DONTWAIT"],
];

const credentials = (type: string): Scenario => [
  unixPair(type),
  ["setsockopt", "$b", "SOL_SOCKET", "SO_PASSCRED", 1],
  ["send", "$a", "'x", 0],
  ["recvmsg", "$b", 9, 100, 0],
  ["sendmsg", "$a", ["'x"], [[...RIGHTS, ["$a"]]], 0],
  ["recvmsg", "$b", 9, 100, 0],
  ["send", "$a", "'x", 0],
  ["recvmsg", "$b", 9, 20, 0],
  ["sendmsg", "$a", ["'x"], [["SOL_SOCKET", "SCM_CREDENTIALS", "'abcd"]], 0],
  ["send", "$b", "'x", 0],
  ["recvmsg", "$a", 9, 100, 0],
];

const UNIX_TYPES = { stream: "SOCK_STREAM", dgram: "SOCK_DGRAM", seqpacket: "SOCK_SEQPACKET" };

/** Control data of UDP: `options` are received, cut off by and by; `messages` are sent. */
function udpControl(
  domain: string,
  address: Argument,
  level: string,
  options: readonly Argument[],
  messages: readonly (readonly [type: Argument, data: Argument])[],
): Scenario {
  return [
    ["b=socket", domain, "SOCK_DGRAM", 0],
    ["bind", "$b", address],
    ["name=getsockname", "$b"],
    ["a=socket", domain, "SOCK_DGRAM", 0],
    ["connect", "$a", "$name"],
    ...options.map((name): Step => ["setsockopt", "$b", level, name, 1]),
    ...messages.flatMap(([type, data]): Step[] => [
      ["sendmsg", "$a", ["'x"], [[level, type, data]], 0],
      ["rest"],
      ["recvmsg", "$b", 9, 200, "MSG_DONTWAIT"],
    ]),
    ...[100, 72, 60, 59, 40, 25, 20, 16, 15, 7, 0].flatMap((room): Step[] => [
      ["send", "$a", "'y", 0],
      ["recvmsg", "$b", 9, room, 0],
    ]),
  ];
}

const INET = { inet: "127.0.0.1", port: 0 };
const INET6 = { inet6: "::1", port: 0 };

const IP: [Argument, Argument][] = [
  ["IP_TTL", [5]],
  ["IP_TTL", [0]],
  ["IP_TTL", "'a"],
  ["IP_TOS", [8]],
  ["IP_TOS", "'\x10"],
  [999, [1]],
];

const IPV6: [Argument, Argument][] = [
  ["IPV6_HOPLIMIT", [5]],
  ["IPV6_HOPLIMIT", [256]],
  ["IPV6_HOPLIMIT", "'a"],
  ["IPV6_TCLASS", [8]],
  ["IPV6_TCLASS", "'abcde"],
  [999, [1]],
];

const IPV6_OPTIONS = ["IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS", "IPV6_RECVPKTINFO"];

const segments: Scenario = [
  ["b=socket", "AF_INET", "SOCK_DGRAM", 0],
  ["bind", "$b", INET],
  ["name=getsockname", "$b"],
  ["a=socket", "AF_INET", "SOCK_DGRAM", 0],
  ["connect", "$a", "$name"],
  ["sendmsg", "$a", ["'0123456789"], [["IPPROTO_UDP", UDP_SEGMENT, "'\x04\0"]], 0],
  ["rest"],
  ...new Array<Step>(4).fill(["recv", "$b", 99, "MSG_DONTWAIT"]),
  ["sendmsg", "$a", ["'01"], [["IPPROTO_UDP", UDP_SEGMENT, "'\x04"]], 0],
];

const pipes: Scenario = [
  ["r,w=pipe2", "O_CLOEXEC|O_NONBLOCK"],
  ["fcntl", "$r", "F_GETFD"],
  ["fcntl", "$w", "F_GETFL"],
  ["read", "$r", 9],
  ["write", "$w", "'pipe"],
  ["ioctl_int", "$r", "FIONREAD"],
  ["readv", "$r", [1, 9]],
  ["write", "$r", "'x"],
  ["read", "$w", 9],
  ["pread", "$r", 9, 0],
  ["send", "$w", "'x", 0],
  ["getsockopt", "$w", "SOL_SOCKET", "SO_TYPE"],
  ["close", "$w"],
  ["read", "$r", 9],
  ["r2,w2=pipe2", 0],
  ["close", "$r2"],
  ["write", "$w2", "'x"],
];

const memory: Scenario = [
  ["f=memfd"],
  ["write", "$f", "'0123456789"],
  ["read", "$f", 9],
  ["pread", "$f", 4, 3],
  ["pread", "$f", 4, 10],
  ["pwrite", "$f", "'xy", 12],
  ["pread", "$f", 99, 8],
  ["ftruncate", "$f", 3],
  ["pread", "$f", 99, 0],
  ["listen", "$f", 1],
  ["recv", "$f", 1, 0],
  ["fcntl", "$f", "F_GETFL"],
];

const files: Scenario = [
  ["f=memfd"],
  ["write", "$f", "'0123456789"],
  unixPair("SOCK_STREAM"),
  ["sendfile", "$a", "$f", 2, 3],
  ["sendfile", "$a", "$f", 8, 99],
  ["sendfile", "$a", "$f", 10, 99],
  ["sendfile", "$a", "$f", 99, 1],
  ["sendfile", "$a", "$f", null, 99],
  ["sendfile", "$a", "$f", 0, 0],
  ["recv", "$b", 99, 0],
  ["sendfile", "$a", "$b", 0, 1],
  ["sendfile", "$a", "$b", null, 1],
  ["close", "$b"],
  ["sendfile", "$a", "$f", 0, 1],
  ["close", "$f"],
  ["sendfile", "$a", "$f", 0, 1],
];

const spliced: Scenario = [
  unixPair("SOCK_STREAM"),
  ["r,w=pipe2", 0],
  ["send", "$a", "'splice", 0],
  ["splice", "$b", "$w", 4, 0],
  ["splice", "$b", "$w", 99, 0],
  ["splice", "$b", "$w", 99, "SPLICE_F_NONBLOCK"],
  ["splice", "$r", "$a", 99, 0],
  ["recv", "$b", 99, 0],
  ["splice", "$r", "$a", 9, "SPLICE_F_NONBLOCK"],
  ["splice", "$a", "$b", 9, 0],
  ["splice", "$r", "$w", 9, 0],
  ["close", "$a"],
  ["splice", "$b", "$w", 9, 0],
];

const counters: Scenario = [
  ["e=eventfd", 7, "EFD_NONBLOCK"],
  ["read", "$e", 7],
  ["read", "$e", 8],
  ["read", "$e", 8],
  ["write", "$e", "'\x01\0\0\0\0\0\0\0"],
  ["write", "$e", "'\xff\xff\xff\xff\xff\xff\xff\xff"],
  ["write", "$e", "'\x01"],
  ["poll", [["$e", "POLLIN|POLLOUT"]], 0],
  ["eventfd", 0, 0x7fff],
];

const epolls: Scenario = [
  ["e=epoll"],
  ["o=epoll"],
  ["f=memfd"],
  unixPair("SOCK_STREAM"),
  ["add", "$e", "$e", "EPOLLIN"],
  ["add", "$e", "$f", "EPOLLIN"],
  ["add", "$e", "$o", "EPOLLIN"],
  ["add", "$o", "$e", "EPOLLIN"],
  ["add", "$o", "$a", "EPOLLOUT|EPOLLET"],
  ["wait", "$e", 8, 0],
  ["wait", "$o", 8, 0],
  ["wait", "$e", 8, 0],
  ["mod", "$e", "$b", "EPOLLIN"],
  ["del", "$e", "$b"],
  ["d=dup", "$b"],
  ["add", "$e", "$b", "EPOLLOUT"],
  ["add", "$e", "$d", "EPOLLOUT"],
  ["wait", "$e", 8, 0],
  ["close", "$b"],
  ["del", "$e", "$b"],
  ["add", "$e", "$b", "EPOLLOUT"],
  ["wait", "$e", 8, 0],
  [
    "poll",
    [
      ["$a", "POLLIN"],
      ["$b", "POLLIN"],
      ["$e", "POLLIN"],
    ],
    0,
  ],
];

/** What there is not: each socket is refused by its own name. */
const refusals: Scenario = [
  ["socket", 9999, "SOCK_STREAM", 0],
  ["socket", "AF_INET", 0, 0],
  ["socket", "AF_INET", 99, 0],
  ["socket", "AF_INET", "SOCK_STREAM", "IPPROTO_UDP"],
  ["socket", "AF_UNIX", "SOCK_STREAM", 99],
  ["socketpair", "AF_INET", "SOCK_STREAM", 0],
  ["pidfd_open", 0, 0],
  ["pidfd_open", 1, 0x7fff],
  ["pidfd_open", 2147483647, 0],
  ["pipe2", 0x7fff],
  ["fcntl", 2147483647, "F_GETFD"],
  ["close", 2147483647],
];

const unixNames: Scenario = [
  ["a=socket", "AF_UNIX", "SOCK_DGRAM", 0],
  ["getsockname", "$a"],
  ["connect", "$a", { unix: "absent" }],
  ["connect", "$a", { abstract: "absent" }],
  ["sendto", "$a", "'x", 0, { unix: "absent" }],
  ["bind", "$a", { unix: "absent/folder" }],
  ["l=socket", "AF_UNIX", "SOCK_STREAM", 0],
  ["bind", "$l", { unix: "l" }],
  ["listen", "$l", 1],
  ["connect", "$a", { unix: "l" }],
  ["b=socket", "AF_UNIX", "SOCK_DGRAM", 0],
  ["bind", "$b", { unix: "l" }],
  ["bind", "$b", { unix: "b" }],
  ["sendto", "$a", "'unnamed", 0, { unix: "b" }],
  ["recvfrom", "$b", 99, 0],
  ["sendto", "$b", "'x", 0, { unix: "l" }],
  ["setsockopt", "$a", "SOL_SOCKET", "SO_PASSCRED", 1],
  ["sendto", "$a", "'autobind", 0, { unix: "b" }],
  ["recvfrom", "$b", 99, 0],
  ["getsockname", "$a"],
];

const elsewhere: Scenario = [
  ["a=socket", "AF_INET", "SOCK_STREAM", 0],
  ["bind", "$a", { inet: "192.0.2.1", port: 0 }],
  ["bind", "$a", { inet: "127.0.0.9", port: 0 }],
  ["getsockname", "$a"],
  ["u=socket", "AF_INET", "SOCK_DGRAM", 0],
  ["sendto", "$u", "'x", 0, { inet: "255.255.255.255", port: 9 }],
  ["connect", "$u", { inet: "127.0.0.1", port: 9 }],
  ["getpeername", "$u"],
  ["sendto", "$u", "'x", 0, { inet: "127.0.0.1", port: 0 }],
  ["d=socket", "AF_INET6", "SOCK_DGRAM", 0],
  ["setsockopt", "$d", "IPPROTO_IPV6", "IPV6_V6ONLY", 1],
  ["connect", "$d", { inet6: "::ffff:127.0.0.1", port: 9 }],
  ["setsockopt", "$d", "IPPROTO_IPV6", "IPV6_V6ONLY", 0],
  ["connect", "$d", { inet6: "::ffff:127.0.0.1", port: 9 }],
  ["getsockname", "$d"],
  ["bind", "$d", { inet6: "2001:db8::1", port: 0 }],
];

const macros: Scenario = [0, 1, 3, 4, 7, 8, 12, 16, 1000].flatMap((size): Step[] => [
  ["CMSG_LEN", size],
  ["CMSG_SPACE", size],
]);

/** By the name of their tests. */
export function specialScenarios(): [title: string, scenario: Scenario][] {
  return [
    ...Object.entries(UNIX_TYPES).flatMap(([name, type]): [string, Scenario][] => [
      [`unix ${name}: two fds and room for a part`, rooms(type)],
      [`unix ${name}: fds, none to too many`, rights(type)],
      [`unix ${name}: credentials`, credentials(type)],
    ]),
    ["unix: names, paths and who has none", unixNames],
    ["udp4: control data", udpControl("AF_INET", INET, "IPPROTO_IP", [IP_PKTINFO, IP_RECVTTL], IP)],
    ["udp6: control data", udpControl("AF_INET6", INET6, "IPPROTO_IPV6", IPV6_OPTIONS, IPV6)],
    ["udp4: segments", segments],
    ["internet: addresses of others", elsewhere],
    ["pipes", pipes],
    ["a memfd", memory],
    ["sendfile", files],
    ["splice", spliced],
    ["an eventfd", counters],
    ["epolls", epolls],
    ["what there is not", refusals],
    ["CMSG_LEN and CMSG_SPACE", macros],
  ];
}
