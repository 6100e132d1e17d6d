// Faults: a chosen call fails, is cut short or has to wait, without the kernel being asked.
//
// What strace's inject= does from outside (strace(1)), in the process itself and for the toolkit's
// own calls only. From outside: FDKIT_FAULT, see variables.ts.
import { fdsOf } from "./facts.ts";
import { addLayer, type Call, checkCallName, injected, systemCall } from "./layer.ts";

/** Which of the matching calls are meant, counted from 1. */
export interface When {
  readonly first: number;
  /** The last one; without it only the first is meant, or with `step` all that follow. */
  readonly last?: number;
  /** Every how many; 1 without it. */
  readonly step?: number;
}

/** What happens to a call. Exactly one of `error`, `short` and `result` is set. */
export interface Fault {
  readonly calls: readonly string[];
  /** Only calls on this fd are meant, and counted. */
  readonly fd?: number;
  /** Without it: every call. */
  readonly when?: When;
  /** The call fails with this errno, positive: EMFILE. Nothing is done. */
  readonly error?: number;
  /** The call is made with at most so many bytes: a short read or write. */
  readonly short?: number;
  /** The call claims this result, and nothing is done. */
  readonly result?: number;
}

/** Faults that are on. */
export interface Injection {
  /** How many calls had a fault so far. */
  readonly count: number;
  /** The kernel is asked again. Idempotent. */
  stop(): void;
}

/** Where the size of a call stands among its arguments; only these can be cut short. */
const SIZE: Record<string, number> = {
  read: 2,
  write: 2,
  recv: 2,
  send: 2,
  recvfrom: 2,
  sendto: 2,
  pread: 2,
  pwrite: 2,
  sendfile: 3,
  splice: 4,
  tee: 2,
};

/**
 * Makes calls fail from now on. Where several faults are due at a call the first of them happens,
 * and those behind it have not seen the call.
 */
export function injectFaults(...faults: readonly Fault[]): Injection {
  for (const fault of faults) checkFault(fault);
  const state = { count: 0 };
  const seen = faults.map(() => 0);

  const wrapped = (name: string, next: Call): Call => {
    if (!faults.some((fault) => isNamed(fault, name))) return next;
    return (...args) => {
      const hit = faults.findIndex((fault, i) => {
        if (!isMeant(fault, name, args)) return false;
        seen[i] = (seen[i] as number) + 1;
        return isDue(fault.when, seen[i] as number);
      });
      if (hit === -1) return next(...args);
      state.count++;
      injected.count++;
      return suffer(faults[hit] as Fault, name, args, next);
    };
  };
  const stop = addLayer("fault", wrapped);
  return {
    get count() {
      return state.count;
    },
    stop,
  };
}

function checkFault({ calls, error, short, result, when }: Fault): void {
  for (const name of calls) {
    checkCallName(name);
    if (short !== undefined && SIZE[name] === undefined) {
      throw new RangeError(`${name} has no size that could be short`);
    }
  }
  if ([error, short, result].filter((one) => one !== undefined).length !== 1) {
    throw new TypeError("a fault is one of error, short and result");
  }
  checkInteger("error", error, 1);
  checkInteger("short", short, 0);
  checkInteger("result", result, 0);
  checkInteger("first", when?.first, 1);
  checkInteger("last", when?.last, 1);
  checkInteger("step", when?.step, 1);
}

function checkInteger(what: string, value: number | undefined, min: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min)) return;
  throw new RangeError(`${what} must be an integer from ${min}, not ${value}`);
}

/** A call is meant by its name in the table, and by that of C. */
function isNamed({ calls }: Fault, name: string): boolean {
  return calls.includes(name) || calls.includes(systemCall(name) ?? name);
}

function isMeant(fault: Fault, name: string, args: readonly unknown[]): boolean {
  if (!isNamed(fault, name)) return false;
  return fault.fd === undefined || fdsOf(name, args, -1).includes(fault.fd);
}

function isDue(when: When | undefined, n: number): boolean {
  if (when === undefined) return true;
  const { first, step = 1 } = when;
  const last = when.last ?? (when.step === undefined ? first : Infinity);
  return n >= first && n <= last && (n - first) % step === 0;
}

function suffer(fault: Fault, name: string, args: readonly unknown[], next: Call): number {
  // close(2) gives the fd back whatever it answers: a fault that kept it would be none of Linux's.
  if (name === "close") next(...args);
  if (fault.error !== undefined) return -fault.error;
  if (fault.result !== undefined) return fault.result;
  const at = SIZE[name] as number;
  const size = Math.min(Number(args[at]), fault.short as number);
  return next(...args.with(at, size));
}
