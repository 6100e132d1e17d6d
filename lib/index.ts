// The public face of fdkit: re-exports only.
//
// Lower-case C names are system calls (lib/sys/), camelCase names are ours.
import "./environment.ts";

export * from "./cmsg.ts";
export * from "./cmsg-types.ts";
export * from "./constants.ts";
export { errnoName, errnoText, SyscallError } from "./errno.ts";
export * from "./flock.ts";
export { has } from "./has.ts";
export * from "./ifreq.ts";
export { type Handler, Loop } from "./loop.ts";
export * from "./net.ts";
export * from "./node.ts";
export * from "./options.ts";
export { OwnedFd } from "./owned-fd.ts";
export * from "./sigset.ts";
export * from "./sockaddr.ts";
export * from "./structs.ts";
export * from "./sys/epoll.ts";
export * from "./sys/file.ts";
export * from "./sys/inotify.ts";
export * from "./sys/ioctl.ts";
export * from "./sys/memory.ts";
export * from "./sys/message.ts";
export * from "./sys/mmsghdr.ts";
export * from "./sys/msghdr.ts";
export * from "./sys/path.ts";
export * from "./sys/poll.ts";
export * from "./sys/resolve.ts";
export * from "./sys/signal.ts";
export * from "./sys/socket.ts";
export * from "./sys/sockopt.ts";
export * from "./sys/splice.ts";
export { eventfd, timerfd_create, timerfd_gettime, timerfd_settime } from "./sys/wake.ts";
export type { Timer } from "./timers.ts";
export { type WakeToken, wake } from "./wakeups.ts";
