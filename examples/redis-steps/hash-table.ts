/**
 * A hash table that grows without a pause. When it is full, a table of twice the size is put beside
 * it, and every later operation moves a few slots over; until all are moved, keys are looked for in
 * both. Chains are linked lists, and only heads move: no node is made anew.
 *
 * See also: 04-hash-table.ts, hash.ts; ../redis/keyspace/ does the same in typed arrays. */

import { hashOf } from "./hash.ts";

const FIRST_SIZE = 4;
const SLOTS_PER_STEP = 4;

interface Node<V> {
  readonly key: string;
  readonly hash: number;
  value: V;
  next: Node<V> | undefined;
}

type Slots<V> = (Node<V> | undefined)[];

const slotsOf = <V>(size: number): Slots<V> => new Array(size).fill(undefined);

export class HashTable<V> {
  size = 0;
  private slots = slotsOf<V>(FIRST_SIZE);
  /** The smaller table, while some of its slots, from `moved` on, have not been moved. */
  private old: Slots<V> = [];
  private moved = 0;

  get(key: string): V | undefined {
    this.rehash();
    return this.find(key, hashOf(key))?.value;
  }

  set(key: string, value: V): void {
    this.rehash();
    const hash = hashOf(key);
    const node = this.find(key, hash);
    if (node !== undefined) {
      node.value = value;
      return;
    }
    push(this.slots, { key, hash, value, next: undefined });
    this.size++;
    if (this.size > this.slots.length && this.old.length === 0) this.grow();
  }

  delete(key: string): boolean {
    this.rehash();
    const hash = hashOf(key);
    if (!unlink(this.slots, key, hash) && !unlink(this.old, key, hash)) return false;
    this.size--;
    return true;
  }

  /** Empties the table at once. Whoever walks through what was in it may rest on the way. */
  takeAll(): Iterable<V> {
    const taken = [this.slots, this.old];
    [this.slots, this.old, this.moved, this.size] = [slotsOf(FIRST_SIZE), [], 0, 0];
    return valuesOf(taken);
  }

  /** Whether two tables are in use. */
  get isRehashing(): boolean {
    return this.old.length > 0;
  }

  private find(key: string, hash: number): Node<V> | undefined {
    return findIn(this.slots, key, hash) ?? findIn(this.old, key, hash);
  }

  private grow(): void {
    this.old = this.slots;
    this.slots = slotsOf(this.old.length * 2);
    this.moved = 0;
  }

  /** Moves the next few slots: what one operation pays for all. */
  private rehash(): void {
    const end = Math.min(this.moved + SLOTS_PER_STEP, this.old.length);
    for (; this.moved < end; this.moved++) {
      for (let node = this.old[this.moved]; node !== undefined; ) {
        const { next } = node;
        push(this.slots, node);
        node = next;
      }
      this.old[this.moved] = undefined;
    }
    if (this.moved === this.old.length) [this.old, this.moved] = [[], 0];
  }
}

function* valuesOf<V>(tables: Slots<V>[]): Generator<V> {
  for (const slots of tables) {
    for (const head of slots) {
      for (let node = head; node !== undefined; node = node.next) yield node.value;
    }
  }
}

function push<V>(slots: Slots<V>, node: Node<V>): void {
  const slot = node.hash % slots.length;
  node.next = slots[slot];
  slots[slot] = node;
}

function findIn<V>(slots: Slots<V>, key: string, hash: number): Node<V> | undefined {
  if (slots.length === 0) return undefined;
  let node = slots[hash % slots.length];
  while (node !== undefined && node.key !== key) node = node.next;
  return node;
}

function unlink<V>(slots: Slots<V>, key: string, hash: number): boolean {
  if (slots.length === 0) return false;
  const slot = hash % slots.length;
  let before: Node<V> | undefined;
  for (let node = slots[slot]; node !== undefined; before = node, node = node.next) {
    if (node.key !== key) continue;
    if (before === undefined) slots[slot] = node.next;
    else before.next = node.next;
    return true;
  }
  return false;
}
