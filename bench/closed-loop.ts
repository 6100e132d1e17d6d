/**
 * A load generator for machines without redis-benchmark: every client sends a batch of requests
 * and waits for all the replies before the next one. It prints its rate as redis-benchmark does.
 */

import { Loop } from "fdkit";
import type { Case, Command } from "./cases.ts";
import type { Target } from "./client.ts";
import { Connection } from "./connection.ts";
import { RequestBatch, requestWords } from "./requests.ts";

/** The first byte of each command's reply. */
export const REPLY_TYPES: Record<Command, string> = {
  GET: "$",
  SET: "+",
  INCR: ":",
  MSET: "+",
  LPUSH: ":",
  LPOP: "$",
  PING: "+",
};

export function closedLoop({ where, stores }: Target, one: Case): string {
  const loop = new Loop();
  const batch = new RequestBatch(requestWords(one), one.pipeline);
  const type = stores ? REPLY_TYPES[one.command] : "+";
  let unsent = one.requests;
  const startClient = () => {
    let outstanding = 0;
    const sendBatch = () => {
      outstanding = Math.min(one.pipeline, unsent);
      unsent -= outstanding;
      const bytes = batch.fill(() => Math.floor(Math.random() * one.keys));
      if (outstanding === 0) connection.close();
      else connection.send(bytes.subarray(0, (bytes.length / one.pipeline) * outstanding));
    };
    const connection = new Connection(loop, where, type, (count) => {
      outstanding -= count;
      if (outstanding === 0) sendBatch();
    });
    sendBatch();
  };
  const began = performance.now();
  for (let i = 0; i < one.clients; i++) startClient();
  loop.run();
  loop.close();
  const seconds = (performance.now() - began) / 1000;
  return `"${one.command}","${(one.requests / seconds).toFixed(2)}"`;
}
