/**
 * The program: arguments and configuration file → settings → server.
 *   npm start -- --port 7000 --maxclients 500
 */

import { type Address, AF_UNIX, formatAddress, SyscallError } from "fdkit";
import {
  type Arguments,
  optionsWithoutEffect,
  parseArguments,
  type Settings,
  USAGE,
  UsageError,
} from "./config.ts";
import { createLog, type Log } from "./log.ts";
import { Server } from "./server.ts";
import { FDKIT_VERSION, REDIS_VERSION } from "./version.ts";

function main(argv: readonly string[]): void {
  const { wish, settings, configFile } = parseArguments(argv);
  if (wish === "help") console.log(USAGE);
  else if (wish === "version") console.log(`fdkit ${FDKIT_VERSION}, Redis ${REDIS_VERSION}`);
  else serve(settings, configFile);
}

const NOWHERE = "nowhere to listen: no address in 'bind' is there, and 'unixsocket' is not set";

function serve(settings: Settings, configFile: Arguments["configFile"]): void {
  const log = createLog(settings);
  const server = new Server(settings, configFile, log);
  server.listenAll();
  if (server.addresses.length === 0) throw new UsageError(NOWHERE);
  greet(server.addresses, log);
  const idle = optionsWithoutEffect(settings);
  if (idle.length > 0) log("notice", `Accepted, but without effect here: ${idle.join(", ")}`);
  server.run();
}

function greet(addresses: readonly Address[], log: Log): void {
  log("notice", `fdkit ${FDKIT_VERSION}, a Redis ${REDIS_VERSION} on raw file descriptors`);
  for (const address of addresses) {
    log("notice", `Listening on ${formatAddress(address)}`);
    log("notice", `  talk to it: ${clientCommand(address)}`);
  }
  log("notice", `  stop it:    Ctrl-C, or kill ${process.pid}`);
}

function clientCommand(address: Address): string {
  if (address.family === AF_UNIX) return `redis-cli -s ${formatAddress(address)}`;
  const { address: host, port } = address as { address: string; port: number };
  return host === "127.0.0.1" ? `redis-cli -p ${port}` : `redis-cli -h ${host} -p ${port}`;
}

/**
 * What the user can put right is told in a line; anything else is a fault of ours, with its stack.
 */
function explain(error: unknown): string {
  const isUsers = error instanceof UsageError || error instanceof SyscallError;
  return isUsers ? `fdkit: ${error.message}` : String((error as Error).stack ?? error);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
