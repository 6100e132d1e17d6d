/**
 * What took longer than `latency-monitor-threshold`: for each kind of event the worst of every
 * second in which there was one, as far back as 160 such seconds.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
 *
 * Commands that are brief are timed one in many (timing.ts): of them it sees a part.
 */

export interface LatencySample {
  /** Seconds since the epoch. */
  readonly time: number;
  /** Milliseconds. */
  readonly latency: number;
}

interface LatencyEvent {
  /** Oldest first. */
  readonly samples: LatencySample[];
  worst: number;
}

const MAX_SAMPLES = 160;

export class LatencyMonitor {
  /** By what happened: `command`, `fast-command`, `expire-cycle`. */
  readonly events = new Map<string, LatencyEvent>();

  record(event: string, milliseconds: number, now: number): void {
    const latency = Math.floor(milliseconds);
    const time = Math.floor(now / 1000);
    const { samples, worst } = this.events.get(event) ?? { samples: [], worst: 0 };
    const last = samples.at(-1);
    if (last?.time !== time) samples.push({ time, latency });
    else if (latency > last.latency) samples[samples.length - 1] = { time, latency };
    if (samples.length > MAX_SAMPLES) samples.shift();
    this.events.set(event, { samples, worst: Math.max(worst, latency) });
  }

  /** Whether there was anything to forget. */
  reset(event: string): boolean {
    return this.events.delete(event);
  }
}
