/**
 * 04-hash-table: 03 on a hash table of our own. A Map grows in one pause, in which all clients
 * wait; this one moves a few slots with each operation.
 *
 *   table of twice the size beside the old one; each operation moves four slots
 * node dist/examples/redis-steps/04-hash-table.js [port]    its partner: any number of redis-cli
 * See also: hash.ts, hash-table.ts */
import { Loop } from "fdkit";
import { HashTable } from "./hash-table.ts";
import { serve } from "./server.ts";
import { stringCommands } from "./strings.ts";

const keys = new HashTable<Buffer>();
const loop = new Loop();
serve(loop, Number(process.argv[2] ?? 7001), stringCommands(keys));
loop.run();
