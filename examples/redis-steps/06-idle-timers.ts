/**
 * 06-idle-timers: 05, which closes connections that say nothing for five seconds. Clients come and
 * go without a word, and each that is only thought to be there costs an fd and its buffers.
 *
 *   on any byte: move to the end of the list; when the timer rings: close from its front
 * node dist/examples/redis-steps/06-idle-timers.js [port]    its partner: nc 127.0.0.1 7001
 * See also: idle-list.ts. In redis-cli one command fails then; for the next it connects anew. */
import { Loop } from "fdkit";
import { HashTable } from "./hash-table.ts";
import { IdleList } from "./idle-list.ts";
import { sortedSetsIn, stringsIn, type Value } from "./kinds.ts";
import { serve } from "./server.ts";
import { sortedSetCommands } from "./sorted-set-commands.ts";
import { stringCommands } from "./strings.ts";

const IDLE_LIMIT_MS = 5000;

const keys = new HashTable<Value>();
const loop = new Loop();
const idle = new IdleList(loop, IDLE_LIMIT_MS);
const commands = { ...stringCommands(stringsIn(keys)), ...sortedSetCommands(sortedSetsIn(keys)) };
serve(loop, Number(process.argv[2] ?? 7001), commands, (connection) => idle.watch(connection));
loop.run();
