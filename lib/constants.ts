// Every constant of the C headers, by its C name, as the headers of the build had it. The sizes of
// C structs are in structs.ts.
//
// native/constants-*.h have the names and the addon their values; constants/*.ts are made from the
// same lists. A name that the headers of the build lacked is undefined, which every call refuses as
// an argument; beside `|` it would be 0 unnoticed, so ask has() of has.ts first where a constant is
// new. Bits are unsigned, as in C: EPOLLET is 2147483648.
export * from "./constants/errno.ts";
export * from "./constants/file.ts";
export * from "./constants/inet.ts";
export * from "./constants/link.ts";
export * from "./constants/netdb.ts";
export * from "./constants/netlink.ts";
export * from "./constants/socket.ts";
export * from "./constants/transport.ts";
export * from "./constants/wait.ts";
