/** Counters that INFO reports; CONFIG RESETSTAT makes them zero. */

const SAMPLES = 16;

/** The mean of the last samples of a counter's growth, per second. */
class Rate {
  private readonly samples = new Float64Array(SAMPLES);
  private next = 0;
  private lastCount = 0;
  private lastTime = 0;

  sample(count: number, now: number): void {
    const elapsed = now - this.lastTime;
    if (this.lastTime !== 0 && elapsed > 0) {
      this.samples[this.next] = Math.max(0, ((count - this.lastCount) * 1000) / elapsed);
      this.next = (this.next + 1) % SAMPLES;
    }
    this.lastCount = count;
    this.lastTime = now;
  }

  get perSecond(): number {
    return this.samples.reduce((sum, sample) => sum + sample, 0) / SAMPLES;
  }
}

export class Stats {
  readonly startedAt = Date.now();
  connectionsReceived = 0;
  commandsProcessed = 0;
  rejectedConnections = 0;
  bytesIn = 0;
  bytesOut = 0;
  keyspaceHits = 0;
  keyspaceMisses = 0;
  evictedKeys = 0;
  /** The most memory in use that anybody saw. */
  peakMemory = 0;
  errorReplies = 0;
  readEvents = 0;
  writeEvents = 0;
  queryBufferLimitDisconnections = 0;
  outputBufferLimitDisconnections = 0;
  /** Error code (`ERR`, `WRONGTYPE`) to count. */
  readonly errorsByCode = new Map<string, number>();
  readonly commandRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();

  countError(text: string): void {
    this.errorReplies++;
    const code = text.split(" ", 1)[0] ?? "ERR";
    const known = this.errorsByCode.get(code);
    // A peer can make codes up (through scripts, one day): the table stays bounded.
    if (known === undefined && this.errorsByCode.size >= 128) return;
    this.errorsByCode.set(code, (known ?? 0) + 1);
  }

  sample(now: number): void {
    this.commandRate.sample(this.commandsProcessed, now);
    this.inputRate.sample(this.bytesIn, now);
    this.outputRate.sample(this.bytesOut, now);
  }

  reset(): void {
    this.connectionsReceived = 0;
    this.commandsProcessed = 0;
    this.rejectedConnections = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.keyspaceHits = 0;
    this.keyspaceMisses = 0;
    this.evictedKeys = 0;
    this.peakMemory = 0;
    this.errorReplies = 0;
    this.readEvents = 0;
    this.writeEvents = 0;
    this.queryBufferLimitDisconnections = 0;
    this.outputBufferLimitDisconnections = 0;
    this.errorsByCode.clear();
  }
}
