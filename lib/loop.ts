// Loop: a dictionary from fd to handler and three phases: before sleep, wait, dispatch.
// run() owns the thread and calls epoll_wait itself; attach() lets Node's own loop watch the epoll
// fd, so that promises, timers and process.on() go on beside it. Timers and signals are sources.
// Man pages: epoll(7), epoll_ctl(2), epoll_wait(2). See also timers.ts, signals.ts, wakeups.ts.

import { isMainThread } from "node:worker_threads";
import {
  EPOLL_CLOEXEC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  EPOLLIN,
} from "./constants.ts";
import { Signals } from "./signals.ts";
import { EpollEvents, epoll_create1, epoll_ctl, epoll_wait } from "./sys/epoll.ts";
import { close } from "./sys/file.ts";
import { uvPollRef, uvPollStart, uvPollStop, uvPollUnref } from "./sys/wake.ts";
import { Alarm, type Timer, Timers } from "./timers.ts";
import { type WakeToken, Wakeups } from "./wakeups.ts";

/** What the loop calls when an fd is ready; `events` is a mask of EPOLLIN, EPOLLOUT, EPOLLHUP … */
export interface Handler {
  /** May remove and close any fd, its own as well. */
  ready(fd: number, events: number): void;
}

/** How many events one epoll_wait may bring. What does not fit is reported by the next one. */
const BATCH = 1024;

/**
 * The longest sleep of a worker. worker.terminate() cannot interrupt a system call: the thread has
 * to come back to JavaScript now and then to notice that it is over.
 */
const WORKER_SLEEP_MS = 200;

/** Generations stay below 2^30, where V8 keeps integers without allocating. 0 is never given. */
const LAST_GENERATION = 0x3fffffff;

/**
 * One fd in the dictionary. The generation travels in the event's data beside the fd, because the
 * kernel gives the number of a closed fd to the next one: an event of the old one is then dropped.
 */
interface Registration {
  handler: Handler;
  events: number;
  generation: number;
}

type State = "idle" | "running" | "attached" | "closed";

/** An epoll instance with handlers, timers and signals. It belongs to the thread it was made in. */
export class Loop {
  #state: State = "idle";
  readonly #epfd = epoll_create1(EPOLL_CLOEXEC);
  readonly #table: (Registration | undefined)[] = [];
  #generation = 0;
  #fds = 0;

  // The batch: events #next … #ready-1 of the last epoll_wait have not been dispatched yet. They
  // survive a handler that throws; the next turn goes on with them.
  readonly #batch = new EpollEvents(BATCH);
  #next = 0;
  #ready = 0;

  readonly #timers = new Timers(() => this.#afterChange());
  readonly #sleepers: (() => void)[] = [];
  #signals: Signals | undefined;
  readonly #wakeups = new Map<number, Wakeups>();

  // Only for attach().
  #alarm: Alarm | undefined;
  #inTurn = false;
  #referenced = true;

  /**
   * Watches `fd` for `events` and calls `handler.ready(fd, events)` at most once per turn, as long
   * as they last (level-triggered, unless EPOLLET is among them). EEXIST if it is watched already,
   * EPERM if such a file cannot be watched. epoll_ctl(2), EPOLL_CTL_ADD.
   */
  add(fd: number, events: number, handler: Handler): void {
    this.#checkOpen();
    if (typeof handler?.ready !== "function") throw new TypeError("a handler has a method ready");
    const isKnown = this.#table[fd] !== undefined;
    this.#register(fd, events, handler);
    if (!isKnown) this.#fds++;
    this.#afterChange();
  }

  /**
   * Watches `fd` for other events; 0 leaves it in the dictionary, silent. EPOLL_CTL_MOD; with
   * EPOLLEXCLUSIVE, which the kernel takes only when an fd is added, that is what happens.
   */
  modify(fd: number, events: number): void {
    this.#checkOpen();
    const registration = this.#table[fd];
    const generation = registration?.generation ?? 0;
    const isExclusive = (((registration?.events ?? 0) | events) & EPOLLEXCLUSIVE) !== 0;
    if (isExclusive) epoll_ctl(this.#epfd, EPOLL_CTL_DEL, fd);
    epoll_ctl(this.#epfd, isExclusive ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events, fd, generation);
    if (registration !== undefined) registration.events = events;
  }

  /**
   * Forgets `fd`; its events that are still in the batch are dropped. Call it before close(fd):
   * a closed fd whose socket lives on in a dup or a child process can never be removed. ENOENT or
   * EBADF if the fd is not watched. EPOLL_CTL_DEL.
   */
  remove(fd: number): void {
    this.#checkOpen();
    if (this.#table[fd] !== undefined) {
      this.#table[fd] = undefined;
      this.#fds--;
    }
    epoll_ctl(this.#epfd, EPOLL_CTL_DEL, fd);
    this.#afterChange();
  }

  /**
   * Silences `fd` for `ms` milliseconds, then watches it again for the same events, unless it was
   * removed or modified meanwhile. For a listening socket when accept4 answers EMFILE.
   */
  pause(fd: number, ms: number): void {
    const registration = this.#table[fd];
    if (registration === undefined) throw new Error(`pause: fd ${fd} is not in the loop`);
    const { events } = registration;
    this.modify(fd, 0);
    this.after(ms, () => {
      if (this.#table[fd] === registration && registration.events === 0) this.modify(fd, events);
    });
  }

  /** Calls `fn` once, not before `ms` milliseconds have passed on the monotonic clock. */
  after(ms: number, fn: () => void): Timer {
    this.#checkOpen();
    return this.#timers.after(ms, fn);
  }

  /**
   * Calls `fn` every `ms` milliseconds. The rhythm does not drift; ticks missed while the process
   * was busy or stopped are skipped, not made up for.
   */
  every(ms: number, fn: () => void): Timer {
    this.#checkOpen();
    return this.#timers.every(ms, fn);
  }

  /**
   * Calls `fn(signum)` in a turn of this loop when the signal arrives on any thread of the process.
   * Several loops and process.on() may watch the same signal. A second call for the same signal
   * replaces the function. EINVAL for SIGKILL, SIGSTOP and numbers that are no signal.
   */
  onSignal(signum: number, fn: (signum: number) => void): void {
    this.#checkOpen();
    this.#signals ??= this.#adopt(new Signals());
    this.#signals.watch(signum, fn);
  }

  /** No longer watches a signal; if nobody else does, it has its default action again. */
  offSignal(signum: number): void {
    this.#signals?.unwatch(signum);
  }

  /**
   * Calls `fn` in a turn of this loop after a thread has called wake() with the token; many calls
   * may be one wake-up, so say in shared memory what there is to do. The token is plain data for
   * postMessage(). Like an fd it keeps the loop alive, until offWake() or close().
   */
  onWake(fn: () => void): WakeToken {
    this.#checkOpen();
    if (typeof fn !== "function") throw new TypeError("onWake needs a function");
    const wakeups = new Wakeups(fn);
    try {
      this.add(wakeups.fd, EPOLLIN, wakeups);
    } catch (error) {
      wakeups.close();
      throw error;
    }
    this.#wakeups.set(wakeups.fd, wakeups);
    return wakeups.token;
  }

  /** Whoever has the token cannot wake this loop with it any more. */
  offWake(token: WakeToken): void {
    const wakeups = this.#wakeups.get(token.fd);
    if (wakeups?.token !== token) return;
    this.#wakeups.delete(token.fd);
    this.remove(token.fd);
    wakeups.close();
  }

  /** Calls `fn` at the end of every turn, before the loop sleeps: the place to send what waits. */
  beforeSleep(fn: () => void): void {
    this.#checkOpen();
    this.#sleepers.push(fn);
  }

  /**
   * Gives this thread to the loop until stop(), or until no fd and no timer is left (a signal alone
   * keeps no loop alive, as in Node). Node's own timers, promises and process.on() handlers wait
   * until run() returns; use after(), every() and onSignal() meanwhile. Mind that a library's
   * process.on("SIGINT") takes Ctrl-C away from a program that has no onSignal(SIGINT).
   *
   * What a handler throws comes out of run(); the loop stays sound, and may run again.
   */
  run(): void {
    this.#checkIdle();
    this.#state = "running";
    try {
      this.#dispatch();
      while (this.#state === "running" && this.#isAlive()) {
        this.#wait(this.#sleepMs());
        this.#dispatch();
      }
    } finally {
      if (this.#state === "running") this.#state = "idle";
    }
  }

  /**
   * Lets Node's loop watch this one, and returns at once. Handlers then run as callbacks of Node:
   * what they throw is an uncaughtException. The process stays while an fd or a timer is left.
   */
  attach(): void {
    this.#checkIdle();
    this.#alarm ??= this.#adopt(new Alarm());
    uvPollStart(this.#epfd, this.#attachedTurn);
    this.#state = "attached";
    this.#referenced = true;
    this.#rest();
    setImmediate(this.#attachedTurn);
  }

  /** Ends run() after this turn, or takes the loop out of Node's. Nothing is forgotten. */
  stop(): void {
    if (this.#state === "closed") return;
    if (this.#state === "attached") uvPollStop(this.#epfd);
    this.#state = "idle";
  }

  /** Stops, and closes what the loop opened. The fds that were added stay open. Idempotent. */
  close(): void {
    if (this.#state === "closed") return;
    this.stop();
    this.#state = "closed";
    this.#next = this.#ready = this.#fds = 0;
    this.#table.length = this.#sleepers.length = 0;
    this.#timers.clear();
    for (const wakeups of this.#wakeups.values()) wakeups.close();
    this.#wakeups.clear();
    this.#signals?.close();
    this.#alarm?.close();
    close(this.#epfd);
  }

  #checkOpen(): void {
    if (this.#state === "closed") throw new Error("the loop is closed");
  }

  #checkIdle(): void {
    this.#checkOpen();
    if (this.#state !== "idle") throw new Error(`the loop is ${this.#state} already`);
  }

  #isAlive(): boolean {
    return this.#fds > 0 || this.#timers.size > 0;
  }

  #register(fd: number, events: number, handler: Handler): void {
    const generation = this.#generation === LAST_GENERATION ? 1 : this.#generation + 1;
    epoll_ctl(this.#epfd, EPOLL_CTL_ADD, fd, events, fd, generation);
    this.#generation = generation;
    this.#table[fd] = { handler, events, generation };
  }

  /** Registers a source of the loop's own, or closes it again. */
  #adopt<T extends Handler & { readonly fd: number; close(): void }>(source: T): T {
    try {
      this.#register(source.fd, EPOLLIN, source);
    } catch (error) {
      source.close();
      throw error;
    }
    return source;
  }

  #sleepMs(): number {
    const ms = this.#timers.timeout();
    if (isMainThread) return ms;
    return ms === -1 ? WORKER_SLEEP_MS : Math.min(ms, WORKER_SLEEP_MS);
  }

  #wait(timeoutMs: number): void {
    if (this.#next < this.#ready) return;
    // -EINTR is less than 0, and so no event: the next turn waits again.
    this.#ready = epoll_wait(this.#epfd, this.#batch, BATCH, timeoutMs);
    this.#next = 0;
  }

  #dispatch(): void {
    const batch = this.#batch;
    while (this.#next < this.#ready) {
      const i = this.#next++;
      const fd = batch.data(i);
      const registration = this.#table[fd];
      if (registration === undefined || registration.generation !== batch.dataHigh(i)) continue;
      registration.handler.ready(fd, batch.events(i));
    }
    this.#timers.fire();
    for (let i = 0; i < this.#sleepers.length; i++) this.#sleepers[i]();
  }

  /** One turn as a callback of Node's loop. After an error the rest of the turn comes at once. */
  readonly #attachedTurn = (): void => {
    if (this.#state !== "attached") return;
    let isComplete = false;
    this.#inTurn = true;
    try {
      this.#wait(0);
      this.#dispatch();
      isComplete = true;
    } finally {
      this.#inTurn = false;
      if (!isComplete) setImmediate(this.#attachedTurn);
      this.#rest();
    }
  };

  /** Before Node's loop sleeps: when to wake up, and whether the process has to stay for us. */
  #rest(): void {
    if (this.#state !== "attached") return;
    this.#alarm?.set(this.#timers.nextDue);
    const isAlive = this.#isAlive();
    if (isAlive === this.#referenced) return;
    this.#referenced = isAlive;
    if (isAlive) uvPollRef(this.#epfd);
    else uvPollUnref(this.#epfd);
  }

  #afterChange(): void {
    if (!this.#inTurn) this.#rest();
  }
}
