/**
 * maxmemory: removes keys, chosen by `maxmemory-policy`, until what is in use is within the limit.
 * https://redis.io/docs/latest/develop/reference/eviction/
 *
 * The best key to evict is only approached: from each database some keys are drawn at random, and
 * the best of them wait in a pool for the next time. Ten of them do nearly as well as all.
 */

import type { Core } from "./core.ts";
import { type Keyspace, NEVER, NONE, type Ref } from "./keyspace/keyspace.ts";
import { memoryOfClients, memoryOfData } from "./memory.ts";

const POOL_SIZE = 16;
/** Looking at the clients takes longer than evicting a key: they are summed up once per round. */
const KEYS_PER_ROUND = 16;
const MOST_FREQUENT = 255;
/** Milliseconds that each step of `maxmemory-eviction-tenacity` up to 10 gives to one command. */
const BUDGET_STEP = 0.05;
const LINEAR_TENACITY = 10;
const ENDLESS_TENACITY = 100;

interface Candidate {
  readonly db: Keyspace;
  readonly key: string;
  /** The higher, the sooner it goes. */
  readonly score: number;
}

export class Eviction {
  private readonly core: Core;
  /** The best candidates at the end. */
  private pool: Candidate[] = [];
  private nextDatabase = 0;
  /** The policy whose scores are in the pool. */
  private pooledPolicy = "";

  constructor(core: Core) {
    this.core = core;
  }

  /**
   * Evicts within its share of time; false when there is too much in use and nothing to evict. A
   * limit that is not reached in time goes on with the next command.
   */
  makeRoom(): boolean {
    const { settings } = this.core;
    const limit = Number(settings.maxmemory);
    if (limit === 0 || this.used() <= limit) return true;
    const policy = settings["maxmemory-policy"];
    if (policy === "noeviction") return false;
    const deadline = performance.now() + budget(settings["maxmemory-eviction-tenacity"]);
    do {
      for (let i = 0; i < KEYS_PER_ROUND; i++) {
        if (!this.evictOne(policy)) return false;
        if (memoryOfData(this.core) <= limit) break;
      }
    } while (this.used() > limit && performance.now() < deadline);
    return true;
  }

  private used(): number {
    return memoryOfData(this.core) + memoryOfClients(this.core.sessions.values());
  }

  private evictOne(policy: string): boolean {
    const among = policy.startsWith("volatile-") ? "volatile" : "all";
    return policy.endsWith("-random") ? this.evictAny(among) : this.evictBest(policy, among);
  }

  /** From the databases in turn. */
  private evictAny(among: "all" | "volatile"): boolean {
    const { databases } = this.core;
    for (let tries = 0; tries < databases.length; tries++) {
      const db = databases[this.nextDatabase++ % databases.length];
      const ref = db.random(among);
      if (ref !== NONE) return this.evict(db, ref);
    }
    return false;
  }

  private evictBest(policy: string, among: "all" | "volatile"): boolean {
    if (policy !== this.pooledPolicy) this.pool = [];
    this.pooledPolicy = policy;
    for (;;) {
      if (!this.draw(policy, among)) return false;
      for (let best = this.pool.pop(); best !== undefined; best = this.pool.pop()) {
        // It may be gone, or used since; in a pool of the last moments that matters little.
        const ref = best.db.peekName(best.key);
        const mayGo = ref !== NONE && (among === "all" || best.db.expiry(ref) !== NEVER);
        if (mayGo) return this.evict(best.db, ref);
      }
    }
  }

  /** Puts some keys of each database into the pool; false when there are none. */
  private draw(policy: string, among: "all" | "volatile"): boolean {
    const samples = this.core.settings["maxmemory-samples"];
    let found = false;
    for (const db of this.core.databases) {
      const size = among === "all" ? db.size : db.volatileSize;
      for (let i = 0; i < Math.min(samples, size); i++) {
        const ref = db.random(among);
        if (ref === NONE) break;
        found = true;
        this.consider({ db, key: db.keyName(ref), score: scoreOf(db, ref, policy) });
      }
    }
    return found;
  }

  private consider(candidate: Candidate): void {
    const { pool } = this;
    const { db, key, score } = candidate;
    if (pool.some((other) => other.key === key && other.db === db)) return;
    if (pool.length === POOL_SIZE && score <= pool[0].score) return;
    let at = pool.findIndex((other) => other.score >= score);
    if (at < 0) at = pool.length;
    pool.splice(at, 0, candidate);
    if (pool.length > POOL_SIZE) pool.shift();
  }

  private evict(db: Keyspace, ref: Ref): true {
    const key = this.core.events.classes === 0 ? "" : db.keyName(ref);
    db.remove(ref);
    this.core.events.evicted(db, key);
    this.core.stats.evictedKeys++;
    return true;
  }
}

function scoreOf(db: Keyspace, ref: Ref, policy: string): number {
  if (policy === "volatile-ttl") return -db.expiry(ref);
  if (policy.endsWith("-lfu")) return MOST_FREQUENT - db.frequency(ref);
  return db.idleTime(ref);
}

/** Milliseconds; beyond the linear part each step adds 15 percent. */
function budget(tenacity: number): number {
  if (tenacity === ENDLESS_TENACITY) return Number.POSITIVE_INFINITY;
  if (tenacity <= LINEAR_TENACITY) return BUDGET_STEP * tenacity;
  return BUDGET_STEP * LINEAR_TENACITY * 1.15 ** (tenacity - LINEAR_TENACITY);
}
