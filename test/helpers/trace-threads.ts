/**
 * The trace of a program with threads that do the same: the main thread, and the one that did most,
 * since which one is woken is the kernel's choice. What the main thread did for the others is
 * `...`; waits that brought nothing are left out, and clients that another thread accepted. */

const THREAD = /^\[thread (\d+)\] /;

/** The lines of the main thread, and those of one more if there are any. */
export function withoutOtherThreads(lines: readonly string[]): string[][] {
  const main = lines.filter((line) => !THREAD.test(line));
  if (main.length === lines.length) return [main];
  const [busiest, ...others] = workers(lines);
  const theirs = new Set(others.flatMap((worker) => worker.flatMap(fdsIn)));
  for (const fd of busiest.flatMap(fdsIn)) theirs.delete(fd);
  return [withDots(withoutVain(main), theirs), busiest.map(asFirstThread)];
}

/** By thread, the one with most lines first. */
function workers(lines: readonly string[]): string[][] {
  const threads = new Map<string, string[]>();
  for (const line of lines) {
    const [id = ""] = THREAD.exec(line) ?? [];
    if (id !== "") threads.set(id, [...(threads.get(id) ?? []), line]);
  }
  return [...threads.values()].map(withoutVain).sort((a, b) => b.length - a.length);
}

function withoutVain(lines: readonly string[]): string[] {
  return lines.filter((line, i) => {
    const isVain = /\baccept4\(.* = -1 EAGAIN/.test(lines[i + 1] ?? "");
    return !/\bepoll_wait\(.* = 0$|\baccept4\(.* = -1 EAGAIN/.test(line) && !isVain;
  });
}

/** What is made for a thread, or written to it, has its fd. */
function fdsIn(line: string): string[] {
  return [...line.matchAll(/(?<=\beventfd\(.* = |\bEPOLL_CTL_ADD, )\d+/g)].map(([fd]) => fd);
}

/** Of lines that make an fd or write to one, those for `fds` become dots behind the others. */
function withDots(lines: readonly string[], fds: ReadonlySet<string>): string[] {
  const result: string[] = [];
  let isWaiting = false;
  for (const line of lines) {
    const [, call, fd = ""] = /^(dup\(.* = |write\()(\d+)/.exec(line) ?? [];
    const isOther = call !== undefined && fds.has(fd);
    if (call === undefined && isWaiting) result.push("...");
    isWaiting = call !== undefined && (isWaiting || isOther);
    if (!isOther) result.push(line);
  }
  return result;
}

/** A thread's own number is one less than what Node calls it. */
function asFirstThread(line: string): string {
  const [, id] = THREAD.exec(line) ?? [];
  return line.replace(THREAD, "[thread 1] ").replace(`"thread ${Number(id) - 1}`, '"thread 0');
}
