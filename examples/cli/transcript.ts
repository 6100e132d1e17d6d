/**
 * What several programs print, in one order: as it arrives; of calls, in the order in which they
 * took effect. A call that waits (read, accept) did at its end, any other (write, close) at its
 * start: so no byte is read before it is written. Each program's own order is kept. */

/** A line of a program. */
export interface Line {
  /** Which program it is of. */
  readonly program: number;
  readonly text: string;
  /** It is the trace of a call. */
  readonly isCall: boolean;
}

/** How long a line may be on its way from a program to here. */
const HOLD_MS = 50;

/** A call as `FDKIT_TRACE=timestamps=absolute` has it. */
const CALL = /^(\d+\.\d{6}) ((?:\[thread \d+\] )?(\w+)\(.*) <(\d+\.\d{6})>$/;
const WAITS = /^(accept4?|read|readv|recv\w*|epoll_p?wait2?|p?poll)$/;

interface Waiting extends Line {
  readonly arrivedMs: number;
  /** When it took effect. */
  readonly timeMs: number;
}

export class Transcript {
  /** When there was something new to print. */
  newsMs = 0;
  private readonly print: (line: Line) => void;
  private waiting: Waiting[] = [];
  /** By program: when the last call took effect, what it was, and how often it came again. */
  private readonly lastMs: number[] = [];
  private readonly last: string[] = [];
  private readonly repeats: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(print: (line: Line) => void) {
    this.print = print;
  }

  add(program: number, text: string): void {
    const now = performance.timeOrigin + performance.now();
    const [, start, call, name = "", seconds] = CALL.exec(text) ?? [];
    let timeMs = this.lastMs[program] ?? now;
    if (call !== undefined) {
      timeMs = (Number(start) + (WAITS.test(name) ? Number(seconds) : 0)) * 1000;
      this.lastMs[program] = timeMs;
    }
    const line = { program, text: call ?? text, isCall: call !== undefined };
    this.waiting.push({ ...line, arrivedMs: now, timeMs });
    this.timer ??= setTimeout(() => this.flush(now), HOLD_MS);
  }

  /** Prints what has arrived until `untilMs`; without it: all that is left. */
  flush(untilMs = Infinity): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.waiting.sort((a, b) => a.timeMs - b.timeMs);
    const late = lines.findIndex(({ arrivedMs }) => arrivedMs > untilMs);
    this.waiting = late < 0 ? [] : lines.slice(late);
    for (const line of late < 0 ? lines : lines.slice(0, late)) this.show(line);
    const [next] = this.waiting;
    if (next !== undefined) this.timer = setTimeout(() => this.flush(next.arrivedMs), HOLD_MS);
    if (untilMs === Infinity) for (const program of this.repeats.keys()) this.endRepeats(program);
  }

  /** A call that comes again and again is shown once, and counted. */
  private show(line: Line): void {
    const { program, text, isCall } = line;
    if (isCall && text === this.last[program]) {
      this.repeats[program] = (this.repeats[program] ?? 0) + 1;
      return;
    }
    this.endRepeats(program);
    this.last[program] = isCall ? text : "";
    this.newsMs = performance.now();
    this.print(line);
  }

  private endRepeats(program: number): void {
    const count = this.repeats[program] ?? 0;
    if (count > 0) this.print({ program, text: `… ${count} times more`, isCall: true });
    this.repeats[program] = 0;
  }
}
