// Names of hosts, services and interfaces.
// Made from native/constants-netdb.h by scripts/constants.cjs.
import { constants } from "../native.ts";

// what is to be looked up: getaddrinfo(3)
export const {
  AI_ADDRCONFIG,
  AI_ALL,
  AI_CANONIDN,
  AI_CANONNAME,
  AI_IDN,
  AI_IDN_ALLOW_UNASSIGNED,
  AI_IDN_USE_STD3_ASCII_RULES,
  AI_NUMERICHOST,
  AI_NUMERICSERV,
  AI_PASSIVE,
  AI_V4MAPPED,
} = constants;

// why it failed, negative as C has them: gai_strerror(3)
export const {
  EAI_ADDRFAMILY,
  EAI_AGAIN,
  EAI_ALLDONE,
  EAI_BADFLAGS,
  EAI_CANCELED,
  EAI_FAIL,
  EAI_FAMILY,
  EAI_IDN_ENCODE,
  EAI_INPROGRESS,
  EAI_INTR,
  EAI_MEMORY,
  EAI_NODATA,
  EAI_NONAME,
  EAI_NOTCANCELED,
  EAI_OVERFLOW,
  EAI_SERVICE,
  EAI_SOCKTYPE,
  EAI_SYSTEM,
} = constants;

// what is to be said of an address: getnameinfo(3)
export const {
  NI_DGRAM,
  NI_IDN,
  NI_IDN_ALLOW_UNASSIGNED,
  NI_IDN_USE_STD3_ASCII_RULES,
  NI_MAXHOST,
  NI_MAXSERV,
  NI_NAMEREQD,
  NI_NOFQDN,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
} = constants;
