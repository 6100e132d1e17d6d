/**
 * Times to come, the soonest on top: a binary heap in an array, where none comes before the one
 * above it, and the two below place i are at 2i + 1 and 2i + 2. An entry knows its place, so that
 * one in the middle can be taken out in O(log n).
 *
 * Williams (1964). See also expiring-keys.ts; ../../lib/timers.ts keeps the loop's timers so. */

export class Deadline {
  readonly key: string;
  readonly time: number;
  place = -1;

  constructor(key: string, time: number) {
    [this.key, this.time] = [key, time];
  }
}

export class TtlHeap {
  private heap: Deadline[] = [];

  get size(): number {
    return this.heap.length;
  }

  get first(): Deadline | undefined {
    return this.heap[0];
  }

  add(deadline: Deadline): void {
    this.settle(deadline, this.heap.length);
  }

  /** The last one fills the gap, and finds its own place from there. */
  remove(deadline: Deadline): void {
    const last = this.heap.pop() as Deadline;
    if (last !== deadline) this.settle(last, deadline.place);
  }

  clear(): void {
    this.heap = [];
  }

  /** Puts it at `place`; from there it goes up while it is sooner, or down while one below is. */
  private settle(deadline: Deadline, place: number): void {
    this.put(deadline, place);
    while (deadline.place > 0 && this.exchange((deadline.place - 1) >> 1, deadline.place));
    while (this.exchange(deadline.place, this.soonerBelow(deadline.place)));
  }

  /** The sooner of the two below; when there is none, a place where nothing is. */
  private soonerBelow(place: number): number {
    const [left, right] = [2 * place + 1, 2 * place + 2];
    const isRight = right < this.size && this.heap[right].time < this.heap[left].time;
    return isRight ? right : left;
  }

  /** Exchanges two of which the lower is sooner; false if it is not, or not there. */
  private exchange(above: number, below: number): boolean {
    if (below >= this.size || this.heap[below].time >= this.heap[above].time) return false;
    const lifted = this.heap[below];
    this.put(this.heap[above], below);
    this.put(lifted, above);
    return true;
  }

  private put(deadline: Deadline, place: number): void {
    this.heap[place] = deadline;
    deadline.place = place;
  }
}
