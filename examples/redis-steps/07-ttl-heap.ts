/**
 * 07-ttl-heap: 06 with keys that end at a time. Each has one of its own, so a list would not be in
 * order: a heap is. A thousand keys at most are removed in a turn, then the clients have theirs.
 *
 *   if heap[0].time <= now: remove its key; on access, look at the key's own time
 * node dist/examples/redis-steps/07-ttl-heap.js [port]    its partner: any number of redis-cli
 * See also: ttl-heap.ts, expiring-keys.ts, ttl-commands.ts */
import { Loop } from "fdkit";
import { ExpiringKeys } from "./expiring-keys.ts";
import { IdleList } from "./idle-list.ts";
import { sortedSetsIn, stringsIn } from "./kinds.ts";
import { serve } from "./server.ts";
import { sortedSetCommands } from "./sorted-set-commands.ts";
import { stringCommands } from "./strings.ts";
import { ttlCommands } from "./ttl-commands.ts";

const IDLE_LIMIT_MS = 5000;

const loop = new Loop();
const keys = new ExpiringKeys(loop);
const idle = new IdleList(loop, IDLE_LIMIT_MS);
const commands = {
  ...stringCommands(stringsIn(keys)),
  ...sortedSetCommands(sortedSetsIn(keys)),
  ...ttlCommands(keys),
};
serve(loop, Number(process.argv[2] ?? 7001), commands, (connection) => idle.watch(connection));
loop.run();
