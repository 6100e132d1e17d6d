// fdkit/inspect: what a program's calls are, and what happens when one of them fails.
export { type Counters, type Counts, formatCounters, startCounters } from "./counters.ts";
export { type Fault, type Injection, injectFaults, type When } from "./fault.ts";
export { formatFds } from "./fd-table.ts";
export { type EpollInterest, type FdInfo, listFds, type TimerInfo } from "./fds.ts";
export type { SocketInfo } from "./proc-net.ts";
export { startTrace, type Trace, type TraceOptions } from "./trace.ts";
