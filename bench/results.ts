/**
 * What a run of the benchmark leaves behind, as --json writes it and the report reads it. Times
 * are in the unit that their name ends with; what was left out is in `skipped`.
 */

/** One round of one case on one server. */
export interface Sample {
  /** `GET 16 B P=16 c=50 tcp`, as `caseName` makes it. */
  readonly case: string;
  readonly server: string;
  readonly round: number;
  /** Server CPU per request, in microseconds. */
  readonly user: number;
  readonly system: number;
  /** Requests per second. */
  readonly rate: number;
}

/** Latency under a constant arrival rate, from the moment a request was due to its reply. */
export interface LatencySeries {
  readonly case: string;
  readonly server: string;
  /** Requests per second that were due. */
  readonly arrivalRate: number;
  readonly percentiles: readonly { readonly percentile: number; readonly us: number }[];
}

/** How long the server kept a probe waiting while keys were inserted or expired. */
export interface StallSeries {
  /** `insert`, `flush` or `expire`, with the number of keys. */
  readonly name: string;
  readonly server: string;
  readonly longestMs: number;
  /** The longest wait of each slice of time. */
  readonly points: readonly { readonly second: number; readonly ms: number }[];
}

/** A single number: memory per key, bytes per idle connection, syscalls per request, a cost. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  readonly server: string;
  readonly value: number;
  readonly unit: string;
}

export interface Results {
  readonly date: string;
  /** Name and value: machine, kernel, versions, load generator, pinning, rounds. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** The servers in the order of the columns; `what` is one line about each. */
  readonly servers: readonly { readonly name: string; readonly what: string }[];
  readonly samples: readonly Sample[];
  readonly latencies: readonly LatencySeries[];
  readonly stalls: readonly StallSeries[];
  readonly figures: readonly Figure[];
  readonly skipped: readonly { readonly what: string; readonly reason: string }[];
}
