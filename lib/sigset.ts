// Sets of signals as bytes, for the calls that take one: ppoll, epoll_pwait, sigprocmask, signalfd.
//
// 8 bytes for the 64 signals of Linux, signal n being bit (n - 1) % 8 of byte (n - 1) / 8. See
// signal(7), sigsetops(3).

const SIGNALS = 64;
const BYTES = SIGNALS / 8;

/** The set of the signals with these numbers: `sigset([SIGINT, SIGTERM])`. Reuse it as you like. */
export function sigset(signals: readonly number[]): Uint8Array {
  const set = new Uint8Array(BYTES);
  for (const signum of signals) {
    if (!Number.isInteger(signum) || signum < 1 || signum > SIGNALS) {
      throw new RangeError(`a signal is an integer from 1 to ${SIGNALS}, not ${String(signum)}`);
    }
    set[(signum - 1) >> 3] |= 1 << ((signum - 1) & 7);
  }
  return set;
}

/** The numbers of the signals in a set, in ascending order. */
export function signalsIn(set: Uint8Array): number[] {
  const all = Array.from({ length: SIGNALS }, (_, i) => i + 1);
  return all.filter((signum) => (set[(signum - 1) >> 3] & (1 << ((signum - 1) & 7))) !== 0);
}
