/**
 * Closes connections that say nothing for too long. They stand in a doubly linked list in the order
 * of their last activity: whoever does something moves to the end, in constant time, so the first
 * is always the next to be closed, and one timer is enough for all.
 *
 * See also: 06-idle-timers.ts, server.ts. */

import type { Loop } from "fdkit";
import type { Connection, Watch } from "./server.ts";

/** A link of a ring; alone it is its own neighbour, so that no end needs a case of its own. */
class Link {
  before: Link = this;
  after: Link = this;

  unlink(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }

  insertBefore(link: Link): void {
    this.before = link.before;
    this.after = link;
    this.before.after = this;
    this.after.before = this;
  }
}

/** A connection's place in the list. */
class Place extends Link implements Watch {
  lastActive = performance.now();
  readonly connection: Connection;
  private readonly ring: Link;

  constructor(ring: Link, connection: Connection) {
    super();
    [this.ring, this.connection] = [ring, connection];
    this.insertBefore(ring);
  }

  active(): void {
    this.lastActive = performance.now();
    this.unlink();
    this.insertBefore(this.ring);
  }

  closed(): void {
    this.unlink();
  }
}

export class IdleList {
  /** Stands behind the last place and before the first. */
  private readonly ring = new Link();
  private readonly loop: Loop;
  private readonly limitMs: number;
  private isArmed = false;

  constructor(loop: Loop, limitMs: number) {
    [this.loop, this.limitMs] = [loop, limitMs];
  }

  watch(connection: Connection): Watch {
    const place = new Place(this.ring, connection);
    this.arm();
    return place;
  }

  private get first(): Place | undefined {
    const { after } = this.ring;
    return after instanceof Place ? after : undefined;
  }

  /**
   * Sets the timer for the first, unless it is set: activity never moves it. It may ring too early
   * then, for one that has moved on, and is set anew for who is the first by now.
   */
  private arm(): void {
    if (this.isArmed || this.first === undefined) return;
    this.isArmed = true;
    const idleMs = performance.now() - this.first.lastActive;
    this.loop.after(Math.max(this.limitMs - idleMs, 0), () => this.closeIdle());
  }

  private closeIdle(): void {
    const lastAllowed = performance.now() - this.limitMs;
    while (this.first !== undefined && this.first.lastActive <= lastAllowed) {
      this.first.connection.close();
    }
    this.isArmed = false;
    this.arm();
  }
}
