/** What is measured: commands, sizes, pipelines, clients, keyspaces, transports; a row each. */

export type Command = "GET" | "SET" | "INCR" | "MSET" | "LPUSH" | "LPOP" | "PING";
export type Transport = "tcp" | "unix";

export interface Case {
  readonly command: Command;
  /** Bytes of a value. */
  readonly size: number;
  /** Requests that a client sends before it waits for their replies. */
  readonly pipeline: number;
  readonly clients: number;
  /** How many keys there are, and of which a request names one at random. */
  readonly keys: number;
  readonly transport: Transport;
  /** Requests per round: half a second of a server's work or so. */
  readonly requests: number;
}

export const KEYS = 100_000;
export const CLIENTS = 50;
/** The keys of one MSET. */
export const MSET_KEYS = 10;
const COMMANDS: readonly Command[] = ["INCR", "MSET", "LPUSH", "LPOP", "PING"];
/** Few lists, so that at the end of a round of LPOP hardly one of them is empty. */
const LISTS = 1000;

function isOfLists(command: Command): boolean {
  return command === "LPUSH" || command === "LPOP";
}

/** Without a pipeline the kernel is most of the cost, with one the server is. */
function requestsOf({ command, size, pipeline }: Omit<Case, "requests">): number {
  if (size >= 100_000) return 10_000;
  const requests = pipeline === 1 ? 60_000 : pipeline < 64 ? 400_000 : 600_000;
  return command === "MSET" || isOfLists(command) ? requests / 4 : requests;
}

function row(command: Command, pipeline: number, other: Partial<Case> = {}): Case {
  const keys = isOfLists(command) ? LISTS : KEYS;
  const defaults = { size: 16, clients: CLIENTS, keys, transport: "tcp" } as const;
  const one = { ...defaults, ...other, command, pipeline };
  return { ...one, requests: requestsOf(one) };
}

/** Of each question one or two rows: ten minutes for all of them and everything else. */
export const DEFAULT_CASES: readonly Case[] = [
  ...[1, 16, 64].flatMap((pipeline) => [row("GET", pipeline), row("SET", pipeline)]),
  ...COMMANDS.map((command) => row(command, 16)),
  ...(["GET", "SET"] as const).map((command) => row(command, 1, { transport: "unix" })),
  row("GET", 1, { size: 100_000, keys: 1000 }),
  ...(["GET", "SET"] as const).map((command) => row(command, 16, { keys: 1_000_000 })),
];

/** All that makes sense: no value of 100 kB for each of a million keys. */
export const FULL_CASES: readonly Case[] = [...everyCase()];

function* everyCase(): Generator<Case> {
  for (const transport of ["tcp", "unix"] as const) {
    for (const pipeline of [1, 16, 64]) {
      for (const clients of [1, 50, 1000]) {
        for (const size of [16, 1000]) {
          yield row("GET", pipeline, { transport, clients, size });
          yield row("SET", pipeline, { transport, clients, size });
        }
      }
      for (const command of COMMANDS) yield row(command, pipeline, { transport });
    }
    for (const clients of [1, 50]) {
      yield row("GET", 1, { transport, clients, size: 100_000, keys: 1000 });
      yield row("SET", 1, { transport, clients, size: 100_000, keys: 1000 });
    }
  }
  for (const keys of [1000, 1_000_000, 10_000_000]) {
    yield row("GET", 16, { keys });
    yield row("SET", 16, { keys });
  }
}

/** `GET 16 B P=16 c=50 tcp`, and the number of keys where it is not the usual one. */
export function caseName({ command, size, pipeline, clients, keys, transport }: Case): string {
  const value = command === "PING" || command === "INCR" ? [] : [sizeName(size)];
  const isUsual = keys === KEYS || isOfLists(command) || size >= 100_000;
  const keyspace = isUsual ? [] : [`${countName(keys)} keys`];
  const words = [command, ...value, `P=${pipeline}`, `c=${clients}`, transport, ...keyspace];
  return words.join(" ");
}

export function sizeName(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${bytes / 1000} kB`;
}

/** 1 000, 100 000, 1 M. */
export function countName(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000} M`;
  return count.toLocaleString("en").replaceAll(",", " ");
}

/** The value of 100 kB that the limit never sends back would be all of the difference. */
export function isFairToLimit({ command, size }: Case): boolean {
  return command !== "GET" || size <= 16;
}

/** Cases of one dataset, which is filled in once for all of them, are neighbours. */
export function byDataset(cases: readonly Case[]): Case[][] {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const dataset = `${one.keys} ${one.size}`;
    const group = groups.get(dataset);
    if (group === undefined) groups.set(dataset, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
