/**
 * Which of the faults that fit a program are tried, and which of them may cost its partner bytes.
 * All of them take minutes: that is for `npm run test:battery`. See faults.ts.
 */

import { faultsOf } from "./faults.ts";

/** What a program is not up to. */
export interface Limits {
  /** Answers that cost its partner some bytes, as the text of the program says. */
  readonly loses?: RegExp;
  /** Faults that are none of the kernel's here. */
  readonly spared?: RegExp;
  /** Its first calls are those of a program before: they need not fail here as well. */
  readonly startsAsBefore?: boolean;
}

const START = /^(socket|setsockopt|bind|listen):/;
/** Not now, not all, not at once: more has to be asked for, and nothing else. */
const ANSWER = /:(error=EAGAIN|error=EINTR|short=1):/;

export function mayLose(fault: string, { loses }: Limits): boolean {
  return !ANSWER.test(fault) || loses?.test(fault) === true;
}

/**
 * The faults to try: every one with FDKIT_BATTERY, and without it one for every second kind of
 * call, others in the next program; `position` is that of the program. Last come all answers at
 * once that must not make a difference.
 */
export function faultsToTry(trace: string, limits: Limits, position: number): string[] {
  const { spared, startsAsBefore = false } = limits;
  const all = faultsOf(trace).filter((fault) => spared?.test(fault) !== true);
  const isNew = (fault: string) => !(startsAsBefore && START.test(fault));
  const isBattery = process.env.FDKIT_BATTERY !== undefined;
  const each = isBattery ? all : oneOfSomeCalls(all.filter(isNew), position);
  const answers = all.filter((fault) => !mayLose(fault, limits));
  return answers.length > 1 ? [...each, answers.join(";")] : each;
}

/** Coprime to how many faults there are of most kinds of calls. */
const STRIDE = 13;

function oneOfSomeCalls(faults: readonly string[], position: number): string[] {
  const names = new Set(faults.map((fault) => fault.split(":")[0] as string));
  const chosen = [...names].filter((_, i) => (i + position) % 2 === 0);
  return chosen.map((name) => {
    const own = faults.filter((fault) => fault.startsWith(`${name}:`));
    return own[(position * STRIDE) % own.length] as string;
  });
}
