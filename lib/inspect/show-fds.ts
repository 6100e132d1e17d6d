// The program behind `fdkit fds PID`: the open fds of a process as a table.
import { formatFds } from "./fd-table.ts";
import { listFds } from "./fds.ts";

const pid = process.argv[2];
try {
  process.stdout.write(formatFds(listFds(pid === undefined ? "self" : Number(pid))));
} catch (error) {
  console.error(`fds: ${(error as Error).message}`);
  process.exitCode = 1;
}
