// The program behind `fdkit fds PID`: the open fds of a process as a table.
import { formatFds } from "./fd-table.ts";
import { listFds } from "./fds.ts";

const pid = process.argv[2];

/** proc(5) says it in its own words. */
function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT" || code === "ESRCH") return `there is no process ${pid}`;
  if (code === "EACCES" || code === "EPERM") return `process ${pid} is another user's: ask as root`;
  return message;
}

try {
  process.stdout.write(formatFds(listFds(pid === undefined ? "self" : Number(pid))));
} catch (error) {
  console.error(`fdkit: ${explain(error as NodeJS.ErrnoException)}`);
  process.exitCode = 1;
}
