// Socket options with a type: readers and writers for those whose value is a struct or a name.
//
// They stand on the generic getsockopt and setsockopt of sys/sockopt.ts, which is enough for
// options that are an int: TCP_USER_TIMEOUT, TCP_FASTOPEN, IP_MULTICAST_TTL. Errors as there.
export * from "./options/filter.ts";
export * from "./options/multicast.ts";
export * from "./options/socket.ts";
export * from "./options/tcp.ts";
