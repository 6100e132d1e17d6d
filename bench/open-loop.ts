/**
 * The open-loop client: requests are due at a constant rate, whatever the server does, and a
 * latency counts from the moment the request was due. A client that waits for replies before it
 * goes on would not see what a stall does to those who come meanwhile (coordinated omission).
 *
 * See https://github.com/giltene/wrk2, and RecordableHistogram in node:perf_hooks.
 */

import { createHistogram } from "node:perf_hooks";
import { close, EFD_NONBLOCK, EPOLLIN, eventfd, Loop } from "fdkit";
import type { Case } from "./cases.ts";
import type { Target } from "./client.ts";
import { REPLY_TYPES } from "./closed-loop.ts";
import { Connection } from "./connection.ts";
import { RequestBatch, requestWords } from "./requests.ts";

export interface ArrivalTask extends Pick<Case, "command" | "size" | "clients" | "keys"> {
  /** Requests per second. */
  readonly arrivalRate: number;
  /** What is due in the warm-up is sent, but not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface ArrivalResult {
  readonly count: number;
  /** The 100th is the longest. */
  readonly percentiles: readonly { readonly percentile: number; readonly us: number }[];
}

const PERCENTILES = [50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100];
/** Requests in flight on one connection; those beyond stay due, and grow old. */
const MOST_IN_FLIGHT = 8192;
/** How long the last replies may take; a server that is slower cannot keep up with the rate. */
const GRACE_MS = 10_000;

/** The times at which the requests in flight were due, in the order of their replies. */
class DueTimes {
  private readonly ring = new Float64Array(MOST_IN_FLIGHT);
  private first = 0;
  length = 0;

  get isFull(): boolean {
    return this.length === MOST_IN_FLIGHT;
  }

  push(due: number): void {
    this.ring[(this.first + this.length++) % MOST_IN_FLIGHT] = due;
  }

  shift(): number {
    const due = this.ring[this.first] as number;
    this.first = (this.first + 1) % MOST_IN_FLIGHT;
    this.length--;
    return due;
  }
}

interface Client {
  readonly connection: Connection;
  readonly dueTimes: DueTimes;
}

class Arrivals {
  readonly histogram = createHistogram({ figures: 3 });
  private readonly loop = new Loop();
  private readonly clients: readonly Client[];
  private readonly batch: RequestBatch;
  private readonly task: ArrivalTask;
  private readonly intervalMs: number;
  private readonly countedFrom: number;
  private readonly end: number;
  private due: number;
  private inFlight = 0;
  private turn = 0;

  constructor({ where, stores }: Target, task: ArrivalTask) {
    this.task = task;
    this.batch = new RequestBatch(requestWords(task), 1);
    const type = stores ? REPLY_TYPES[task.command] : "+";
    this.clients = Array.from({ length: task.clients }, () => this.connect(where, type));
    this.intervalMs = 1000 / task.arrivalRate;
    this.due = performance.now();
    this.countedFrom = this.due + task.warmUpSeconds * 1000;
    this.end = this.countedFrom + task.seconds * 1000;
  }

  private connect(where: string, type: string): Client {
    const dueTimes = new DueTimes();
    const connection = new Connection(this.loop, where, type, (count) => {
      this.answered(dueTimes, count);
    });
    return { connection, dueTimes };
  }

  private answered(dueTimes: DueTimes, count: number): void {
    const now = performance.now();
    this.inFlight -= count;
    for (let i = 0; i < count; i++) {
      const due = dueTimes.shift();
      if (due >= this.countedFrom) {
        this.histogram.record(Math.max(1, Math.round((now - due) * 1e6)));
      }
    }
  }

  /** An eventfd that is always readable keeps the loop awake: to be on time takes a whole core. */
  run(): void {
    const wakefd = eventfd(1, EFD_NONBLOCK);
    this.loop.add(wakefd, EPOLLIN, { ready: () => this.sendDue() });
    try {
      this.loop.run();
    } finally {
      for (const { connection } of this.clients) connection.close();
      close(wakefd);
      this.loop.close();
    }
    if (this.inFlight > 0) throw new Error(`${this.inFlight} requests were not answered in time`);
  }

  private sendDue(): void {
    const now = performance.now();
    while (this.due <= now && this.due < this.end) {
      const client = this.clients[this.turn++ % this.clients.length] as Client;
      if (client.dueTimes.isFull) break;
      client.dueTimes.push(this.due);
      this.due += this.intervalMs;
      this.inFlight++;
      client.connection.send(this.batch.fill(() => Math.floor(Math.random() * this.task.keys)));
    }
    const isOver = this.due >= this.end && this.inFlight === 0;
    if (isOver || now > this.end + GRACE_MS) this.loop.stop();
  }
}

export function openLoop(target: Target, task: ArrivalTask): ArrivalResult {
  const arrivals = new Arrivals(target, task);
  arrivals.run();
  const { histogram } = arrivals;
  const percentiles = PERCENTILES.map((percentile) => {
    return { percentile, us: histogram.percentile(percentile) / 1000 };
  });
  return { count: histogram.count, percentiles };
}
