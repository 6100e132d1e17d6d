/**
 * Entries that were delivered and not acknowledged, in the order of their ids: short sorted arrays
 * in an array, so that finding is a binary search and a change moves few of them.
 */

import { compareIds, type StreamId } from "./stream-id.ts";

const LARGEST_RUN = 256;

export class PendingList<Item extends { readonly id: StreamId }> {
  size = 0;
  private readonly runs: Item[][] = [];

  get(id: StreamId): Item | undefined {
    const run = this.runs[this.runOf(id)];
    const item = run?.[placeIn(run, id)];
    return item !== undefined && compareIds(item.id, id) === 0 ? item : undefined;
  }

  /** Adds an item whose id is not there. */
  add(item: Item): void {
    this.size++;
    const index = Math.min(this.runOf(item.id), Math.max(0, this.runs.length - 1));
    const run = this.runs[index];
    if (run === undefined) {
      this.runs.push([item]);
      return;
    }
    const place = placeIn(run, item.id);
    if (run.length < LARGEST_RUN) {
      run.splice(place, 0, item);
    } else if (place === run.length) {
      this.runs.splice(index + 1, 0, [item]);
    } else {
      const upper = run.splice(LARGEST_RUN / 2);
      this.runs.splice(index + 1, 0, upper);
      if (place <= run.length) run.splice(place, 0, item);
      else upper.splice(place - run.length, 0, item);
    }
  }

  delete(id: StreamId): boolean {
    const index = this.runOf(id);
    const run = this.runs[index];
    if (run === undefined) return false;
    const place = placeIn(run, id);
    const item = run[place];
    if (item === undefined || compareIds(item.id, id) !== 0) return false;
    run.splice(place, 1);
    if (run.length === 0) this.runs.splice(index, 1);
    this.size--;
    return true;
  }

  /** The items from `start` on, in order; nothing may be added or removed meanwhile. */
  *from(start: StreamId): Generator<Item> {
    const first = this.runOf(start);
    for (let index = first; index < this.runs.length; index++) {
      const run = this.runs[index] as Item[];
      for (let i = index === first ? placeIn(run, start) : 0; i < run.length; i++) {
        yield run[i] as Item;
      }
    }
  }

  first(): Item | undefined {
    return this.runs[0]?.[0];
  }

  last(): Item | undefined {
    return this.runs.at(-1)?.at(-1);
  }

  /** The index of the first run that ends at `id` or behind it. */
  private runOf(id: StreamId): number {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = (this.runs[middle] as Item[]).at(-1) as Item;
      if (compareIds(last.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function placeIn(run: readonly { readonly id: StreamId }[], id: StreamId): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds((run[middle] as { id: StreamId }).id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
