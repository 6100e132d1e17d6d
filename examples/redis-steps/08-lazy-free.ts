/**
 * 08-lazy-free: 07, which frees big values off the loop. DEL gives their memory back and everybody
 * waits; UNLINK and FLUSHALL ASYNC only cut them off, and threads give it back.
 *
 *   UNLINK: remove the key, transfer its memory to a thread; there: madvise(memory), wake the loop
 * node dist/examples/redis-steps/08-lazy-free.js [port]    its partner: any number of redis-cli
 * See also: lazy-free.ts, thread-pool.ts, lazy-free-commands.ts */
import { Loop } from "fdkit";
import { ExpiringKeys } from "./expiring-keys.ts";
import { IdleList } from "./idle-list.ts";
import { sortedSetsIn, stringsIn } from "./kinds.ts";
import { LazyFree } from "./lazy-free.ts";
import { lazyFreeCommands } from "./lazy-free-commands.ts";
import { serve } from "./server.ts";
import { sortedSetCommands } from "./sorted-set-commands.ts";
import { stringCommands } from "./strings.ts";
import { ThreadPool } from "./thread-pool.ts";
import { ttlCommands } from "./ttl-commands.ts";

const IDLE_LIMIT_MS = 5000;

const loop = new Loop();
const lazy = new LazyFree(loop, new ThreadPool(loop));
const keys = new ExpiringKeys(loop, (value) => lazy.freeIfBig(value));
const idle = new IdleList(loop, IDLE_LIMIT_MS);
const commands = {
  ...stringCommands(stringsIn(keys)),
  ...sortedSetCommands(sortedSetsIn(keys)),
  ...ttlCommands(keys),
  ...lazyFreeCommands(keys, lazy),
};
serve(loop, Number(process.argv[2] ?? 7001), commands, (connection) => idle.watch(connection));
loop.run();
