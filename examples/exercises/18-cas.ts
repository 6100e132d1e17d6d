/**
 * 18-cas: a command that Redis 7.0 has not. CAS key expected new sets a string to `new` if it is
 * `expected`, to the byte, and answers 1; if it is another, or there is none, 0. Its time to live
 * stays, and whoever subscribed to events of the key hears of "cas". The row is to be filled, too.
 *
 * npm run exercise 18    tells what is right, and what is missing yet
 * See also: "Adding a command" in ../redis/README.md; ../redis/commands/string.ts, and what it
 * imports: lookup.ts, keyspace-events.ts, keyspace/keyspace.ts */
import type { CommandGroup } from "../redis/command.ts";
import { commandTable } from "../redis/commands/all.ts";
import { parseArguments } from "../redis/config.ts";
import { replyError } from "../redis/errors.ts";
import { createLog } from "../redis/log.ts";
import { Server } from "../redis/server.ts";

const casCommands: CommandGroup = {
  group: "string",
  rows: [["cas", -1, "", 0, 0, 0, cas, "1.0.0", "Sets a string that is what one expects"]],
};

const { settings, configFile } = parseArguments(["--port", process.argv[2] ?? "7001"]);
const server = new Server(settings, configFile, createLog(settings), commandTable(casCommands));
server.listenAll();
console.log(`listening on 127.0.0.1:${settings.port}`);
server.run();

function cas(): void {
  throw replyError("ERR nobody has taught me to compare");
}
