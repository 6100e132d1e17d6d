/**
 * Blocked clients: who waits for which key, since when, and until when.
 * https://redis.io/docs/latest/commands/blpop/
 *
 * A command that finds nothing hands in a `Wait`. While its client is blocked the server runs none
 * of its other requests. A value that is set or changed makes its key ready; when the request that
 * did so, or the whole transaction, is over, the clients that wait for the key are tried in the
 * order in which they came. It observes only the databases that somebody waits in.
 */

import type { Args } from "./args.ts";
import type { Call } from "./call.ts";
import type { Command } from "./command.ts";
import type { Core } from "./core.ts";
import { replyError } from "./errors.ts";
import type { Timer } from "./host.ts";
import { type Keyspace, NONE } from "./keyspace/keyspace.ts";
import type { ObjectObserver } from "./keyspace/observers.ts";
import type { ValueType } from "./keyspace/types.ts";
import type { Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** Longer than any process lives. */
const FOREVER = 1e15;

/** What a command waits for, and how it goes on. */
export interface Wait {
  /** The arguments that are its keys, from `first` to `last`; none when `last` is less. */
  readonly first: number;
  readonly last: number;
  /** The type of value it can be served from. */
  readonly type: ValueType;
  /** Milliseconds from now; 0 is for ever. */
  readonly timeout: number;
  /**
   * Tries again with the key in argument `i`, which holds a value of `type`. The call has the
   * client's arguments and database. False, and nothing written: it waits on. An error thrown ends
   * the wait, too.
   */
  serve(call: Call, i: number): boolean;
  /** As `serve`, when the key in argument `i` went or became another type. */
  lost?(call: Call, i: number): boolean;
  /** The reply when the time is over, and within MULTI, where nobody waits. */
  unanswered(reply: Reply): void;
  /** The reply within MULTI, where it is another one. */
  refused?(reply: Reply): void;
}

/** All who wait for one key, by the type of value, in the order in which they came. */
interface Queue {
  db: Keyspace;
  readonly key: string;
  readonly waiters: Map<ValueType, Set<Waiter>>;
  /** Those among them who want to know when the key is lost. */
  readonly anxious: Set<Waiter>;
  isReady: boolean;
}

/** A blocked client. */
export class Waiter {
  readonly session: Session;
  readonly wait: Wait;
  readonly args: Args;
  readonly command: Command;
  readonly queues: Queue[] = [];
  timer: Timer | undefined = undefined;

  constructor({ args, command, session }: Call, wait: Wait) {
    this.session = session;
    this.wait = wait;
    this.args = args.copy();
    this.command = command;
  }

  /** Which argument names `key`. */
  indexOf(key: string): number {
    let i = this.wait.first;
    while (this.args.string(i) !== key) i++;
    return i;
  }
}

const UNBLOCKED = replyError("UNBLOCKED client unblocked via CLIENT UNBLOCK");

export class Blocking implements ObjectObserver {
  /** How many clients are blocked. */
  size = 0;
  /** How many of them have a timeout. */
  timed = 0;
  /** Keys that may serve somebody, in the order in which they became so. */
  private ready: Queue[] = [];
  private readonly core: Core;
  private queues = new Map<Keyspace, Map<string, Queue>>();

  constructor(core: Core) {
    this.core = core;
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Lets the calling client wait; what it sends meanwhile is looked at when the wait is over. */
  block(call: Call, wait: Wait): void {
    if (this.core.isInTransaction) {
      if (wait.refused !== undefined) wait.refused(call.reply);
      else wait.unanswered(call.reply);
      return;
    }
    const waiter = new Waiter(call, wait);
    for (let i = wait.first; i <= wait.last; i++)
      this.enqueue(waiter, call.db, call.args.string(i));
    if (wait.timeout > 0 && wait.timeout < FOREVER) {
      waiter.timer = this.core.host.after(wait.timeout, () => this.timeOut(waiter));
      this.timed++;
    }
    call.session.blocked = waiter;
    this.size++;
  }

  private enqueue(waiter: Waiter, db: Keyspace, key: string): void {
    const byKey = this.queues.get(db) ?? new Map<string, Queue>();
    const queue = byKey.get(key) ?? { db, key, ...newSets(), isReady: false };
    const { type } = waiter.wait;
    const waiters = queue.waiters.get(type) ?? new Set<Waiter>();
    if (waiters.has(waiter)) return;
    waiters.add(waiter);
    if (waiter.wait.lost !== undefined) queue.anxious.add(waiter);
    queue.waiters.set(type, waiters);
    byKey.set(key, queue);
    this.queues.set(db, byKey);
    db.objectObserver = this;
    waiter.queues.push(queue);
  }

  private dequeue(waiter: Waiter, queue: Queue): void {
    const { anxious, db, key, waiters } = queue;
    const { type } = waiter.wait;
    anxious.delete(waiter);
    waiters.get(type)?.delete(waiter);
    if (waiters.get(type)?.size === 0) waiters.delete(type);
    if (waiters.size > 0) return;
    const byKey = this.queues.get(db);
    byKey?.delete(key);
    if (byKey?.size !== 0) return;
    this.queues.delete(db);
    db.objectObserver = undefined;
  }

  /** Ends the wait without a reply: the client is served, or gone. */
  release(session: Session): void {
    const waiter = session.blocked;
    if (waiter === undefined) return;
    for (const queue of waiter.queues) this.dequeue(waiter, queue);
    if (waiter.timer !== undefined) this.timed--;
    waiter.timer?.cancel();
    session.blocked = undefined;
    this.size--;
  }

  objectChanged(db: Keyspace, key: string): void {
    const queue = this.queues.get(db)?.get(key);
    if (queue !== undefined) this.makeReady(queue);
  }

  private makeReady(queue: Queue): void {
    if (queue.isReady) return;
    queue.isReady = true;
    this.ready.push(queue);
  }

  clearing(db: Keyspace): void {
    for (const queue of this.queues.get(db)?.values() ?? []) this.makeReady(queue);
  }

  /** When two databases change places, who waits stays where it is and sees other keys. */
  swap(first: Keyspace, second: Keyspace): void {
    const [ofFirst, ofSecond] = [this.queues.get(first), this.queues.get(second)];
    this.settleIn(first, ofSecond);
    this.settleIn(second, ofFirst);
  }

  private settleIn(db: Keyspace, byKey: Map<string, Queue> | undefined): void {
    db.objectObserver = byKey === undefined ? undefined : this;
    if (byKey === undefined) {
      this.queues.delete(db);
      return;
    }
    this.queues.set(db, byKey);
    for (const queue of byKey.values()) {
      queue.db = db;
      this.makeReady(queue);
    }
  }

  /** Serves whom the ready keys can serve, and those whom these make ready in turn. */
  serveReady(): void {
    while (this.ready.length > 0) {
      const { ready } = this;
      this.ready = [];
      for (const queue of ready) {
        queue.isReady = false;
        this.serveQueue(queue);
      }
    }
  }

  private serveQueue({ anxious, db, key, waiters }: Queue): void {
    const found = typeOf(db, key);
    for (const waiter of found === undefined ? [] : (waiters.get(found) ?? [])) {
      // A client that was closed in this turn must not take anything with it.
      if (waiter.session.closed) continue;
      this.attempt(waiter, (call) => waiter.wait.serve(call, waiter.indexOf(key)));
      if (typeOf(db, key) !== found) break;
    }
    const left = typeOf(db, key);
    for (const waiter of anxious) {
      if (waiter.wait.type === left || waiter.session.closed) continue;
      this.attempt(waiter, (call) => waiter.wait.lost?.(call, waiter.indexOf(key)) ?? false);
    }
  }

  /** Runs `handler` as if the client had just sent its request; a true answer ends the wait. */
  private attempt(waiter: Waiter, handler: (call: Call) => boolean): void {
    const { args, command, session } = waiter;
    if (!this.core.runApart(session, command, args, handler)) return;
    this.release(session);
    session.resumeLater();
  }

  private timeOut(waiter: Waiter): void {
    if (waiter.session.closed || waiter.session.blocked !== waiter) return;
    this.attempt(waiter, ({ reply }) => {
      waiter.wait.unanswered(reply);
      return true;
    });
  }

  /** CLIENT UNBLOCK; false when the client does not wait. */
  unblock(session: Session, reason: "timeout" | "error"): boolean {
    const waiter = session.blocked;
    if (waiter === undefined) return false;
    if (reason === "timeout") {
      this.timeOut(waiter);
    } else {
      this.attempt(waiter, () => {
        throw UNBLOCKED;
      });
    }
    return true;
  }
}

function newSets(): Pick<Queue, "waiters" | "anxious"> {
  return { waiters: new Map(), anxious: new Set() };
}

function typeOf(db: Keyspace, key: string): ValueType | undefined {
  const ref = db.peekName(key);
  return ref === NONE ? undefined : db.type(ref);
}

/** Serves the client from the first of its keys that can, or lets it wait for one. */
export function serveOrBlock(call: Call, wait: Wait): void {
  for (let i = wait.first; i <= wait.last; i++) if (wait.serve(call, i)) return;
  call.core.blocking.block(call, wait);
}
