// Which names are socket options, and of which level: SO_ of SOL_SOCKET, TCP_ of SOL_TCP and so on.
// Names that begin alike but are values of options, or states, are no options.
// See getsockopt(2), and native/constants-*.h for the sections with all names.
import {
  AF_INET,
  AF_INET6,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_TCP,
  SOL_UDP,
} from "./constants.ts";

const SOCKET = /^SO_(?!EE_|VM_|ORIGINAL_DST$)/;
const TCP_STATE =
  /^TCP_(ESTABLISHED|SYN_\w+|FIN_WAIT[12]|TIME_WAIT|CLOSE|CLOSE_WAIT|LAST_ACK|LISTEN|CLOSING)$/;
const TCP_VALUE =
  /^TCP_(REPAIR_(ON|OFF|OFF_NO_WP)|MD5SIG_(FLAG|MAX)\w*|RECEIVE_\w+|(NO|RECV|SEND)_QUEUE|CM_INQ)$/;
const TCP = /^TCP_(?!MSS|MAXWIN|MAX_WINSHIFT|COOKIE_|S_DATA)/;
const UDP = /^UDP_(?!ENCAP_)/;
const IP_VALUE = /^IP_(PMTUDISC\w*|DEFAULT_\w+|[DMR]F|MSS|OFFMASK|MAX\w+)$/;
const IP = /^(IP_|MCAST_(?!INCLUDE$|EXCLUDE$)|SO_ORIGINAL_DST$)/;
const IPV6 = /^IPV6_(?!PMTUDISC|FL_|FLOWINFO_[FP]|PREFER|PRIORITY_|TLV_|RTHDR_(LOOSE|STRICT|TYPE))/;

/** A level: the test for its names, and the kind of socket that has such options. */
export interface OptionLevel {
  readonly level: number;
  readonly domain: number;
  readonly type: number;
  /** What most of its names begin with. */
  readonly prefix: string;
  isOption(name: string): boolean;
}

export const OPTION_LEVELS: readonly OptionLevel[] = [
  {
    level: SOL_SOCKET,
    domain: AF_INET,
    type: SOCK_STREAM,
    prefix: "SO_",
    isOption: (name) => SOCKET.test(name),
  },
  {
    level: SOL_TCP,
    domain: AF_INET,
    type: SOCK_STREAM,
    prefix: "TCP_",
    isOption: (name) => TCP.test(name) && !TCP_STATE.test(name) && !TCP_VALUE.test(name),
  },
  {
    level: SOL_UDP,
    domain: AF_INET,
    type: SOCK_DGRAM,
    prefix: "UDP_",
    isOption: (name) => UDP.test(name),
  },
  {
    level: SOL_IP,
    domain: AF_INET,
    type: SOCK_DGRAM,
    prefix: "IP_",
    isOption: (name) => IP.test(name) && !IP_VALUE.test(name),
  },
  {
    level: SOL_IPV6,
    domain: AF_INET6,
    type: SOCK_DGRAM,
    prefix: "IPV6_",
    isOption: (name) => IPV6.test(name),
  },
];
