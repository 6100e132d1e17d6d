/**
 * 05-sorted-set: 04 with a second kind of value. A tree that counts its nodes keeps names in the
 * order of their scores, and knows the rank of each; a hash table finds the score of a name.
 *
 *   insert, then lift what has become too high; rank = nodes to the left on the way down
 * node dist/examples/redis-steps/05-sorted-set.js [port]    its partner: any number of redis-cli
 * See also: ordered-tree.ts, sorted-set.ts, kinds.ts, sorted-set-commands.ts */
import { Loop } from "fdkit";
import { HashTable } from "./hash-table.ts";
import { sortedSetsIn, stringsIn, type Value } from "./kinds.ts";
import { serve } from "./server.ts";
import { sortedSetCommands } from "./sorted-set-commands.ts";
import { stringCommands } from "./strings.ts";

const keys = new HashTable<Value>();
const loop = new Loop();
const commands = { ...stringCommands(stringsIn(keys)), ...sortedSetCommands(sortedSetsIn(keys)) };
serve(loop, Number(process.argv[2] ?? 7001), commands);
loop.run();
