/** Byte strings compare as bytes; replaceString keeps the expiry, and tells who watches the key. */
import type { Call } from "../../../examples/redis/call.ts";
import type { CommandGroup } from "../../../examples/redis/command.ts";
import { commandTable } from "../../../examples/redis/commands/all.ts";
import { parseArguments } from "../../../examples/redis/config.ts";
import { NONE } from "../../../examples/redis/keyspace/keyspace.ts";
import { notify, STRING_EVENT } from "../../../examples/redis/keyspace-events.ts";
import { createLog } from "../../../examples/redis/log.ts";
import { lookupStringWrite } from "../../../examples/redis/lookup.ts";
import { Server } from "../../../examples/redis/server.ts";

const casCommands: CommandGroup = {
  group: "string",
  rows: [
    ["cas", 4, "write denyoom", 1, 1, 1, cas, "1.0.0", "Sets a string that is what one expects"],
  ],
};

const { settings, configFile } = parseArguments(["--port", process.argv[2] ?? "7001"]);
const server = new Server(settings, configFile, createLog(settings), commandTable(casCommands));
server.listenAll();
console.log(`listening on 127.0.0.1:${settings.port}`);
server.run();

function cas(call: Call): void {
  const { args, db, reply } = call;
  const ref = lookupStringWrite(call, 1);
  const isExpected = ref !== NONE && db.stringValue(ref) === args.string(2);
  if (isExpected) {
    db.replaceString(ref, args.buffer, args.offset(3), args.length(3));
    notify(call, STRING_EVENT, "cas", 1);
  }
  reply.integer(isExpected ? 1 : 0);
}
