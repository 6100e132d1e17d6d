/**
 * The kernel's part of a call: the same calls from a loop in C, compiled when it is asked for.
 * What lib/sys takes beyond that is the price of JavaScript and of the addon.
 */

import { spawnSync } from "node:child_process";
import { isInstalled } from "../programs.ts";
import { scratchPath } from "../scratch.ts";
import { summarize } from "../stats.ts";

/** Takes count and runs, and prints a line for each run of each call: nanoseconds, tab, name. */
const SOURCE = `
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

#define MEASURE(name, call)                                \\
  for (long run = 0; run < runs; run++) {                  \\
    double before = now();                                 \\
    for (long i = 0; i < count; i++) failures += (call) < 0; \\
    printf("%f\\t%s\\n", (now() - before) / count, name);  \\
  }

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = atol(argv[1]), runs = atol(argv[2]), failures = 0;
  int fd = open("/dev/null", O_RDWR), epfd = epoll_create1(0);
  char buffer[64] = {0};
  struct epoll_event events[64];
  MEASURE("fcntl(fd, F_GETFD)", fcntl(fd, F_GETFD))
  MEASURE("read(fd, buffer, 64)", read(fd, buffer, 64))
  MEASURE("write(fd, buffer, 64)", write(fd, buffer, 64))
  MEASURE("epoll_wait(epfd, events, 64, 0)", epoll_wait(epfd, events, 64, 0))
  return failures > 0;
}
`;

/** Nanoseconds by the name of the call, medians of the runs; or why there are none. */
export function kernelCosts(
  count: number,
  runs: number,
): { readonly costs: ReadonlyMap<string, number> } | { readonly reason: string } {
  if (!isInstalled("cc")) return { reason: "cc is not on the PATH" };
  const path = scratchPath("calls");
  const cc = spawnSync("cc", ["-O2", "-x", "c", "-o", path, "-"], {
    input: SOURCE,
    encoding: "utf8",
  });
  if (cc.status !== 0) return { reason: `cc fails: ${cc.stderr.split("\n")[0]}` };
  const program = spawnSync(path, [`${count}`, `${runs}`], { encoding: "utf8" });
  if (program.status !== 0) return { reason: "a call fails" };
  return { costs: medians(program.stdout) };
}

function medians(output: string): Map<string, number> {
  const values = new Map<string, number[]>();
  for (const line of output.trim().split("\n")) {
    const [ns, name = ""] = line.split("\t");
    values.set(name, [...(values.get(name) ?? []), Number(ns)]);
  }
  return new Map([...values].map(([name, of]) => [name, summarize(of).median]));
}
