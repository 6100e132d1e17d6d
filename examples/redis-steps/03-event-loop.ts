/**
 * 03-event-loop: 02 for many clients in one thread. A request may come in pieces, and many may come
 * in one: that is pipelining, and costs one write for all their replies.
 *
 *   for each ready connection: read; run every whole request; write all replies at once
 * node dist/examples/redis-steps/03-event-loop.js [port]    its partner: any number of redis-cli
 * See also: server.ts */
import { Loop } from "fdkit";
import { serve } from "./server.ts";
import { stringCommands } from "./strings.ts";

const loop = new Loop();
serve(loop, Number(process.argv[2] ?? 7001), stringCommands(new Map()));
loop.run();
