// Sequences of calls for two executors, ours and Python's, whose answers must be the same.
//
// A step is a call and its arguments. `a=socket` gives the answer a name, and `$a` is that value
// later; of a step that failed it is an fd that nobody has. `'text` is bytes, WORDS are constants,
// joined by |, and an object is an address. Calls are named as in C, where they take what C takes.

export interface WrittenAddress {
  inet?: string;
  inet6?: string;
  port?: number;
  unix?: string;
  abstract?: string;
}

export type Argument = string | number | null | WrittenAddress | readonly Argument[];
export type Step = readonly [call: string, ...args: Argument[]];
export type Scenario = readonly Step[];

interface Column {
  readonly domain: string;
  readonly type: string;
  /** Different addresses for different numbers. */
  readonly address: (n: number) => WrittenAddress;
}

const inet = (): WrittenAddress => ({ inet: "127.0.0.1", port: 0 });
const inet6 = (): WrittenAddress => ({ inet6: "::1", port: 0 });
const path = (n: number): WrittenAddress => ({ unix: `s${n}` });
const abstract = (n: number): WrittenAddress => ({ abstract: `s${n}` });

const COLUMNS: Readonly<Record<string, Column>> = {
  tcp4: { domain: "AF_INET", type: "SOCK_STREAM", address: inet },
  tcp6: { domain: "AF_INET6", type: "SOCK_STREAM", address: inet6 },
  udp4: { domain: "AF_INET", type: "SOCK_DGRAM", address: inet },
  udp6: { domain: "AF_INET6", type: "SOCK_DGRAM", address: inet6 },
  "unix stream": { domain: "AF_UNIX", type: "SOCK_STREAM", address: path },
  "unix dgram": { domain: "AF_UNIX", type: "SOCK_DGRAM", address: path },
  "unix seqpacket": { domain: "AF_UNIX", type: "SOCK_SEQPACKET", address: path },
  "abstract stream": { domain: "AF_UNIX", type: "SOCK_STREAM", address: abstract },
  "abstract dgram": { domain: "AF_UNIX", type: "SOCK_DGRAM", address: abstract },
};

const make = ({ domain, type }: Column, name: string, flags = ""): Step[] => [
  [`${name}=socket`, domain, `${type}${flags}`, 0],
];

const bound = (column: Column, name: string, n: number, flags = ""): Step[] => [
  ...make(column, name, flags),
  ["bind", `$${name}`, column.address(n)],
  [`${name}name=getsockname`, `$${name}`],
];

/** `a` and `b`, connected, through the listener `l` or bound both; `bname` is where b is. */
function pair(column: Column): Step[] {
  if (column.type !== "SOCK_DGRAM") {
    return [
      ...bound(column, "l", 1),
      ["listen", "$l", 8],
      ...make(column, "a"),
      ["connect", "$a", "$lname"],
      ["b=accept", "$l"],
      ["bname=getsockname", "$b"],
    ];
  }
  const both = [...bound(column, "a", 1), ...bound(column, "b", 2)];
  return [...both, ["connect", "$a", "$bname"], ["connect", "$b", "$aname"]];
}

/** What goes through the network arrives in a moment; a unix socket has it at once. */
const rest = ({ domain }: Column): Step[] => (domain === "AF_UNIX" ? [] : [["rest"]]);

const option = (name: string, value: Argument): Step[] => [
  ["setsockopt", "$a", "SOL_SOCKET", name, value],
  ["getsockopt", "$a", "SOL_SOCKET", name],
];

/** What is asked of a new socket, and after its end. */
const life = (column: Column): Step[] => [
  ...make(column, "a"),
  ...["SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ERROR", "SO_ACCEPTCONN", "SO_BROADCAST"].map(
    (name): Step => ["getsockopt", "$a", "SOL_SOCKET", name],
  ),
  ["getsockname", "$a"],
  ["getpeername", "$a"],
  ["fcntl", "$a", "F_GETFD"],
  ["fcntl", "$a", "F_GETFL"],
  ["o=dup", "$a"],
  ["fcntl", "$o", "F_GETFD"],
  ["close", "$a"],
  ["getsockopt", "$o", "SOL_SOCKET", "SO_TYPE"],
  ["close", "$o"],
  ["close", "$o"],
  ["send", "$o", "'x", 0],
  ["getsockname", "$o"],
];

const names = (column: Column): Step[] => [
  ...bound(column, "a", 1),
  ["bind", "$a", column.address(2)],
  ...make(column, "b"),
  ["bind", "$b", "$aname"],
  ["getsockname", "$b"],
  ["getpeername", "$a"],
];

const echo = (column: Column): Step[] => [
  ...pair(column),
  ["getpeername", "$a"],
  ["getpeername", "$b"],
  ["send", "$a", "'hello", 0],
  ["recv", "$b", 100, "MSG_PEEK"],
  ["ioctl_int", "$b", "FIONREAD"],
  ["recvfrom", "$b", 100, 0],
  ["recv", "$b", 100, "MSG_DONTWAIT"],
  ["sendmsg", "$b", ["'ga", "'", "'ther"], [], 0],
  ["recvmsg", "$a", 100, 100, 0],
  ["writev", "$a", ["'scat", "'ter"]],
  ["readv", "$b", [3, 2, 9]],
  ["write", "$b", "'written"],
  ["read", "$a", 100],
  ["read", "$a", 0],
];

const lengths = (column: Column): Step[] => [
  ...pair(column),
  ["send", "$a", "'0123456789", 0],
  ["length", "$b", 4, "MSG_PEEK"],
  ["length", "$b", 4, "MSG_PEEK|MSG_TRUNC"],
  ["recvmsg", "$b", 4, 0, "MSG_PEEK"],
  ["recv", "$b", 4, 0],
  ["recv", "$b", 4, "MSG_DONTWAIT"],
  ["send", "$a", "'", 0],
  ...rest(column),
  ["recvmsg", "$b", 4, 0, "MSG_DONTWAIT"],
  ["send", "$a", "'abc", "MSG_OOB"],
  ...rest(column),
  ["recv", "$b", 1, "MSG_OOB|MSG_DONTWAIT"],
];

const ends = (column: Column): Step[] => [
  ...pair(column),
  ["send", "$a", "'last", 0],
  ["shutdown", "$a", "SHUT_WR"],
  ...rest(column),
  ["send", "$a", "'x", 0],
  ["sendmsg", "$a", ["'x"], [], 0],
  ["write", "$a", "'x"],
  ["recv", "$b", 9, 0],
  ["recv", "$b", 9, "MSG_DONTWAIT"],
  ["recvmsg", "$b", 9, 9, "MSG_DONTWAIT"],
  ["send", "$b", "'back", 0],
  ["recv", "$a", 9, 0],
  ["shutdown", "$b", "SHUT_RDWR"],
  ["recv", "$b", 9, 0],
  ["shutdown", "$b", 3],
];

const alone = (column: Column): Step[] => [
  ...make(column, "a"),
  ["send", "$a", "'x", 0],
  ["recv", "$a", 1, "MSG_DONTWAIT"],
  ["recvmsg", "$a", 1, 1, "MSG_DONTWAIT"],
  ["sendmsg", "$a", ["'x"], [], 0],
  ["read", "$a", 0],
  ["shutdown", "$a", "SHUT_WR"],
  ["accept", "$a"],
  ["poll", [["$a", "POLLIN|POLLOUT"]], 0],
];

const closedPeer = (column: Column): Step[] => [
  ...pair(column),
  ["close", "$b"],
  ...rest(column),
  ["poll", [["$a", "POLLIN|POLLOUT"]], 0],
  ["recv", "$a", 9, "MSG_DONTWAIT"],
  ["send", "$a", "'x", 0],
  ...rest(column),
  ["send", "$a", "'x", 0],
  ...rest(column),
  ["recv", "$a", 9, "MSG_DONTWAIT"],
  ["getsockopt", "$a", "SOL_SOCKET", "SO_ERROR"],
];

const refused = (column: Column): Step[] => [
  ...bound(column, "gone", 1),
  ["close", "$gone"],
  ...make(column, "a"),
  ["connect", "$a", "$gonename"],
  ["send", "$a", "'x", 0],
  ...rest(column),
  ["recv", "$a", 1, "MSG_DONTWAIT"],
  ["recv", "$a", 1, "MSG_DONTWAIT"],
  ...make(column, "c", "|SOCK_NONBLOCK"),
  ["connect", "$c", "$gonename"],
  ...rest(column),
  ["poll", [["$c", "POLLOUT"]], 0],
  ["getsockopt", "$c", "SOL_SOCKET", "SO_ERROR"],
  ["getsockopt", "$c", "SOL_SOCKET", "SO_ERROR"],
];

const addressed = (column: Column): Step[] => [
  ...pair(column),
  ["sendto", "$a", "'to", 0, "$bname"],
  ...rest(column),
  ["recvfrom", "$b", 9, "MSG_DONTWAIT"],
  ...make(column, "c"),
  ["sendto", "$c", "'from", 0, "$bname"],
  ...rest(column),
  ["recvfrom", "$b", 9, "MSG_DONTWAIT"],
  ["connect", "$a", "$bname"],
];

const listening = (column: Column): Step[] => [
  ...bound(column, "l", 1, "|SOCK_NONBLOCK"),
  ["accept", "$l"],
  ["listen", "$l", 1],
  ["accept", "$l"],
  ["getsockopt", "$l", "SOL_SOCKET", "SO_ACCEPTCONN"],
  ...make(column, "a"),
  ["connect", "$a", "$lname"],
  ...rest(column),
  ["connect", "$a", "$lname"],
  ["b=accept", "$l"],
  ["accept", "$l"],
  ["fcntl", "$b", "F_GETFL"],
  ["listen", "$b", 1],
  ["recv", "$l", 1, 0],
];

const options = (column: Column): Step[] => [
  ...make(column, "a"),
  ...option("SO_REUSEADDR", 1),
  ...option("SO_KEEPALIVE", 1),
  ...option("SO_PRIORITY", 3),
  ...option("SO_RCVBUF", 20000),
  ...option("SO_SNDBUF", 1),
  ...option("SO_RCVLOWAT", 5),
  ...option("SO_TYPE", 1),
  ["setsockopt", "$a", "SOL_SOCKET", "SO_LINGER", "'\x01\0\0\0\x07\0\0\0"],
  ["getsockopt", "$a", "SOL_SOCKET", "SO_LINGER", 8],
  ["getsockopt", "$a", "SOL_SOCKET", "SO_LINGER", 5],
  ["setsockopt", "$a", "SOL_SOCKET", "SO_LINGER", "'\x01\0\0"],
  ["setsockopt", "$a", "SOL_SOCKET", "SO_RCVBUF", "'\x01"],
  ["setsockopt", "$a", "SOL_SOCKET", 9999, 1],
  ["getsockopt", "$a", "SOL_SOCKET", 9999],
  ["getsockopt", "$a", 9999, 1],
  ["setsockopt", "$a", "IPPROTO_TCP", "TCP_NODELAY", 1],
  ["getsockopt", "$a", "IPPROTO_TCP", "TCP_NODELAY"],
  ["setsockopt", "$a", "IPPROTO_IP", "IP_TTL", 300],
  ["getsockopt", "$a", "IPPROTO_IP", "IP_TTL"],
  ["setsockopt", "$a", "IPPROTO_IPV6", "IPV6_UNICAST_HOPS", 9],
  ["getsockopt", "$a", "IPPROTO_IPV6", "IPV6_UNICAST_HOPS"],
];

const watched = (column: Column): Step[] => [
  ...pair(column),
  ["e=epoll"],
  ["add", "$e", "$a", "EPOLLIN|EPOLLOUT"],
  ["add", "$e", "$b", "EPOLLIN|EPOLLRDHUP"],
  ["add", "$e", "$b", "EPOLLIN"],
  ["wait", "$e", 8, 0],
  ["send", "$a", "'x", 0],
  ...rest(column),
  ["wait", "$e", 8, 0],
  [
    "poll",
    [
      ["$a", "POLLIN|POLLOUT"],
      ["$b", "POLLIN|POLLOUT"],
    ],
    0,
  ],
  ["mod", "$e", "$b", "EPOLLIN|EPOLLONESHOT"],
  ["mod", "$e", "$a", 0],
  ["wait", "$e", 8, 0],
  ["wait", "$e", 8, 0],
  ["mod", "$e", "$b", "EPOLLIN|EPOLLOUT|EPOLLRDHUP"],
  ["shutdown", "$a", "SHUT_WR"],
  ...rest(column),
  ["wait", "$e", 8, 0],
  ["del", "$e", "$a"],
  ["del", "$e", "$a"],
  ["close", "$b"],
  ["mod", "$e", "$b", "EPOLLIN"],
  ["wait", "$e", 8, 0],
];

const TEMPLATES: Readonly<Record<string, (column: Column) => Step[]>> = {
  "a socket's life": life,
  names,
  "there and back": echo,
  "lengths and MSG_TRUNC": lengths,
  "ends and shutdown": ends,
  "not connected": alone,
  "a peer that has closed": closedPeer,
  "nobody there": refused,
  "sendto and recvfrom": addressed,
  "listen and accept": listening,
  options,
  "epoll and poll": watched,
};

/** Every template in every family, by the name of its test. */
export function familyScenarios(): [title: string, scenario: Scenario][] {
  return Object.entries(COLUMNS).flatMap(([family, column]) =>
    Object.entries(TEMPLATES).map(([title, template]): [string, Scenario] => [
      `${family}: ${title}`,
      template(column),
    ]),
  );
}
