/**
 * A trace as another run of the same program would have it. What varies from run to run:
 *
 * - fds are numbered as in a program without Node: the lowest that is free, from 3 on;
 * - the port that the test chose is 7001, the next one 7002; those of clients are 40001, 40002, …;
 * - an epoll_wait of more than a second, until a timer, waits for whole seconds;
 * - the abstract name of a unix socket is `fdkit`;
 * - lines that come again at once, such as a question asked in vain, stand there once, and `...`;
 * - how long each call took is left out. Of threads: see trace-threads.ts. */

import { withoutOtherThreads } from "./trace-threads.ts";

const FIRST_FD = 3;
const FIRST_PORT = 7001;
const FIRST_CLIENT_PORT = 40_001;
/** How many lines may come again together. */
const LONGEST_REPETITION = 6;
/** Where strace writes the result. */
const RESULT_COLUMN = 40;

/** What a program that was given `port` traced. */
export function comparableTrace(trace: string, port: number): string {
  const lines = trace.trimEnd().split("\n");
  const threads = withoutOtherThreads(lines.map((line) => line.replace(/ <\d+\.\d{6}>$/, "")));
  const numbers = new Numbers(port, threads.length === 1);
  const texts = threads.map((thread) => folded(numbers.renumberAll(thread)).join("\n"));
  return `${texts.join("\n\n")}\n`;
}

/** The numbers of a process: its own ones, and those that stand for them. */
class Numbers {
  private readonly fds = new Map<string, number>();
  /** Fds that are used before a line says who made them: another thread, or Node. */
  private readonly foreign = new Set<string>();
  /** Fds that this thread has closed. */
  private readonly closed = new Set<string>();
  private readonly ports = new Map<string, number>();
  private readonly reuses: boolean;
  private next = FIRST_FD;

  /** With threads no number is given twice: their lines are not in the order of time. */
  constructor(port: number, reuses: boolean) {
    this.reuses = reuses;
    this.ports.set(`${port}`, FIRST_PORT).set(`${port + 1}`, FIRST_PORT + 1);
  }

  /** The lines of one thread. */
  renumberAll(lines: readonly string[]): string[] {
    this.closed.clear();
    return lines.map((line) => this.renumber(line));
  }

  private renumber(line: string): string {
    const renumbered = line
      .replace(/(?<=\bhtons\()[1-9]\d*/g, (port) => this.port(port))
      .replace(/(?<=^(?:\[thread \d+\] )?(?!eventfd|epoll_create1)\w+\()\d+/, (fd) => this.fd(fd))
      .replace(/(?<=\(\d+, EPOLL_CTL_\w+, )\d+/, (fd) => this.fd(fd))
      .replace(/(?<=(?:socketpair|pipe2)\(.*)\[\d+, \d+\]|(?<=cmsg_data=)\[[\d, ]+\]/, (fds) =>
        fds.replace(/\d+/g, (fd) => this.fd(fd)),
      )
      .replace(
        /(?<=\bepoll_wait\(.*, )\d{4,}(?=\) +=)/,
        (ms) => `${Math.ceil(Number(ms) / 1000)}000`,
      )
      .replace(/(?<=sun_path=@")[^"]*/, "fdkit")
      .replace(/u32=(\d+), u64=(\d+)/g, (_text, fd, data) => this.eventData(fd, data))
      .replace(MADE_FD, (fd) => this.made(fd));
    for (const [fd] of line.matchAll(/(?<=\bclose\()\d+/g)) this.closed.add(fd);
    return realigned(renumbered);
  }

  private made(name: string): string {
    if (!this.foreign.has(name)) this.closed.add(name);
    const fd = this.fd(name);
    this.foreign.delete(name);
    return fd;
  }

  private fd(name: string): string {
    if (this.closed.delete(name)) this.fds.delete(name);
    let fd = this.fds.get(name);
    if (fd === undefined) {
      fd = this.free();
      this.fds.set(name, fd);
      this.foreign.add(name);
    }
    return `${fd}`;
  }

  private free(): number {
    if (!this.reuses) return this.next++;
    const open = [...this.fds].filter(([name]) => !this.closed.has(name)).map(([, fd]) => fd);
    let fd = FIRST_FD;
    while (open.includes(fd)) fd++;
    return fd;
  }

  /** The loop's generation stands in the upper half. */
  private eventData(fd: string, data: string): string {
    const own = this.fd(fd);
    return `u32=${own}, u64=${((BigInt(data) >> 32n) << 32n) | BigInt(own)}`;
  }

  private port(name: string): string {
    const clients = this.ports.size - 2;
    const port = this.ports.get(name) ?? FIRST_CLIENT_PORT + clients;
    this.ports.set(name, port);
    return `${port}`;
  }
}

/** The result of a call that makes an fd. */
const MADE_FD = new RegExp(
  "(?<=^(?:\\[thread \\d+\\] )?" +
    "(?:socket|accept4?|epoll_create1|eventfd|timerfd_create|dup)\\(.*\\) += )\\d+$",
);

/** A number of another length moves the result; strace has it in column 40. */
function realigned(line: string): string {
  const match = /^(.*?\)) +(= .*)$/.exec(line);
  return match === null ? line : `${`${match[1]} `.padEnd(RESULT_COLUMN)}${match[2]}`;
}

/** `a b a b a b c` becomes `a b ... c`. */
function folded(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < lines.length; ) {
    const [size, count] = repetition(lines, i);
    result.push(...lines.slice(i, i + size), ...(count > 1 ? ["..."] : []));
    i += size * count;
  }
  return result;
}

/** How many lines from `start` on come again at once, and how often they stand there. */
function repetition(lines: readonly string[], start: number): [size: number, count: number] {
  for (let size = 1; size <= LONGEST_REPETITION; size++) {
    const block = lines.slice(start, start + size).join("\n");
    const isNext = (count: number) =>
      lines.slice(start + size * count, start + size * (count + 1)).join("\n") === block;
    let count = 1;
    while (isNext(count)) count++;
    if (count > 1) return [size, count];
  }
  return [1, 1];
}
