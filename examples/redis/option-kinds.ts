/**
 * The kinds of options: how the words behind a name in redis.conf, on the command line or in
 * CONFIG SET become a value, how the value is printed again, and what Redis says of words it can't
 * use. The table of options is in options.ts.
 */

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseDouble } from "./number.ts";

/** Words that an option can't take; the message is Redis's, to stand behind the option's name. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

export interface Kind<T> {
  /** `previous` is the value so far: some options change only a part of it. */
  parse(words: readonly string[], previous: T): T;
  print(value: T): string;
  /** Whether CONFIG SET splits its argument into words; a line in redis.conf has them anyway. */
  readonly takesWords?: boolean;
  /** What several lines in redis.conf amount to, where the last one does not simply win. */
  append?(previous: T, next: T): T;
}

export const INT_MAX = 2147483647;
export const UINT_MAX = 4294967295;
export const INT64_MAX = 9223372036854775807n;
export const UINT64_MAX = 18446744073709551615n;

type Bound = number | bigint;

/** An option of one word. */
function word<T>(parseWord: (text: string) => T, print: (value: T) => string): Kind<T> {
  return {
    parse: ([text = "", ...more]) => {
      if (more.length > 0) throw new OptionError("wrong number of arguments");
      return parseWord(text);
    },
    print,
  };
}

function within(value: bigint, min: Bound, max: Bound): number {
  if (value < min || value > max) {
    throw new OptionError(`argument must be between ${min} and ${max} inclusive`);
  }
  return Number(value);
}

/** The largest 64-bit integers round up as numbers: print them as the limit they were. */
function printInteger(value: number, max: Bound): string {
  return String(value > Number.MAX_SAFE_INTEGER && BigInt(value) > max ? max : BigInt(value));
}

export function integer(min: Bound, max: Bound): Kind<number> {
  return word(
    (text) => {
      if (!/^(?:0|-?[1-9][0-9]*)$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
        throw new OptionError("argument couldn't be parsed into an integer");
      }
      return within(BigInt(text), min, max);
    },
    (value) => printInteger(value, max),
  );
}

/** As `kind`, except that the nearest number between `min` and `max` becomes the value. */
export function clamped(kind: Kind<number>, min: number, max: number): Kind<number> {
  return {
    ...kind,
    parse: (words, previous) => Math.min(max, Math.max(min, kind.parse(words, previous))),
  };
}

/** A file mode, as chmod(1) takes it. */
export function octal(max: number): Kind<number> {
  return word(
    (text) => {
      if (!/^[0-7]{1,11}$/.test(text)) {
        throw new OptionError("argument couldn't be parsed as an octal number");
      }
      return within(BigInt(`0o${text}`), 0, max);
    },
    (value) => value.toString(8),
  );
}

const UNITS: Record<string, bigint> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** `64mb`, `1k`, `1000`; undefined for anything else. At most what 64 bits can hold. */
function parseMemory(text: string): bigint | undefined {
  const match = /^([0-9]{0,24})(b|kb?|mb?|gb?)?$/i.exec(text);
  if (match === null) return undefined;
  const [, digits = "", unit = ""] = match;
  const size = BigInt(digits) * (UNITS[unit.toLowerCase()] as bigint);
  return size > UINT64_MAX ? UINT64_MAX : size;
}

/** Bytes. */
export function memory(min: Bound, max: Bound): Kind<number> {
  return word(
    (text) => {
      const size = parseMemory(text);
      if (size === undefined) throw new OptionError("argument must be a memory value");
      return within(size, min, max);
    },
    (value) => printInteger(value, max),
  );
}

/** Bytes, or a negative number: so many percent of `maxmemory`. */
export const memoryOrPercent: Kind<number> = word(
  (text) => {
    if (/^[0-9]{1,4}%$/.test(text)) {
      const percent = Number.parseInt(text, 10);
      if (percent <= 100) return percent === 0 ? 0 : -percent;
      throw new OptionError("percentage argument must be less or equal to 100");
    }
    const size = parseMemory(text);
    if (size === undefined) throw new OptionError("argument must be a memory or percent value");
    return within(size, 0, INT64_MAX);
  },
  (value) => (value < 0 ? `${-value}%` : printInteger(value, INT64_MAX)),
);

export const yesNo: Kind<boolean> = word(
  (text) => {
    if (!/^(?:yes|no)$/i.test(text)) throw new OptionError("argument must be 'yes' or 'no'");
    return text.toLowerCase() === "yes";
  },
  (value) => (value ? "yes" : "no"),
);

function find<Name extends string>(names: readonly Name[], text: string): Name {
  const name = names.find((known) => known === text.toLowerCase());
  if (name !== undefined) return name;
  throw new OptionError(`argument(s) must be one of the following: ${names.join(", ")}`);
}

export function oneOf<Name extends string>(...names: readonly Name[]): Kind<Name> {
  return word(
    (text) => find(names, text),
    (value) => value,
  );
}

/** What to do on a signal: a set of words, printed in their own order. */
const SHUTDOWN_WORDS = ["default", "save", "nosave", "now", "force"] as const;

export const shutdownWords: Kind<string> = {
  takesWords: true,
  parse: (words) => {
    const given = new Set(words.map((text) => find(SHUTDOWN_WORDS, text)));
    if (given.has("save") && given.has("nosave")) {
      throw new OptionError("shutdown options SAVE and NOSAVE can't be used simultaneously");
    }
    const chosen = SHUTDOWN_WORDS.slice(1).filter((name) => given.has(name));
    return chosen.join(" ") || "default";
  },
  print: (value) => value,
};

/** Any bytes; `check` throws an OptionError. */
export function text(check: (value: string) => void = () => {}): Kind<string> {
  return word(
    (value) => {
      check(value);
      return value;
    },
    (value) => value,
  );
}

/** A path, which is a JavaScript string in the program and UTF-8 bytes outside. */
export const path: Kind<string> = word(
  (bytes) => Buffer.from(bytes, "latin1").toString("utf8"),
  (value) => Buffer.from(value, "utf8").toString("latin1"),
);

/** What struct sockaddr_un has room for, less the byte that ends it. unix(7) */
const MAX_SOCKET_PATH = 107;

export const socketPath: Kind<string> = {
  ...path,
  parse: (words, previous) => {
    const [bytes = ""] = words;
    if (bytes.length > MAX_SOCKET_PATH) {
      throw new OptionError(`the path of a socket has at most ${MAX_SOCKET_PATH} bytes`);
    }
    if (bytes.includes("\0")) throw new OptionError("a path has no zero byte");
    return path.parse(words, previous);
  },
};

export const fileName = (option: string) =>
  text((value) => {
    if (value.includes("/")) throw new OptionError(`${option} can't be a path, just a filename`);
  });

export const hostname = text((value) => {
  if (value.length >= 256) throw new OptionError("Hostnames must be less than 256 characters");
  if (!/^[a-zA-Z0-9.-]*$/.test(value)) {
    throw new OptionError("Hostnames may only contain alphanumeric characters, hyphens or dots");
  }
});

const TITLE_VARIABLE =
  /\{(?:title|listen-addr|server-mode|port|tls-port|unixsocket|config-file)\}/g;

export const titleTemplate = text((value) => {
  if (value.trim() === "" || /[{}]/.test(value.replace(TITLE_VARIABLE, ""))) {
    throw new OptionError("template format is invalid or contains unknown variables");
  }
});

/** An absolute path of a directory that is there. */
export const directory: Kind<string> = {
  ...path,
  parse: (words, previous) => {
    const name = path.parse(words, previous);
    const stats = name.includes("\0") ? undefined : statSync(name, { throwIfNoEntry: false });
    if (stats === undefined) throw new OptionError("No such file or directory");
    if (!stats.isDirectory()) throw new OptionError("Not a directory");
    return resolve(name);
  },
};

const MAX_BIND_ADDRESSES = 16;

/** Addresses to listen on; one with a leading `-` may be missing on this machine. */
export const addresses: Kind<readonly string[]> = {
  takesWords: true,
  parse: (words) => {
    if (words.length > MAX_BIND_ADDRESSES) {
      throw new OptionError("Too many bind addresses specified.");
    }
    return words.length === 1 && words[0] === "" ? [] : words;
  },
  print: (value) => value.join(" "),
};

/** `seconds changes` pairs; "" is none. */
export const savePoints: Kind<string> = {
  takesWords: true,
  parse: (words) => {
    if (words.length === 1 && words[0] === "") return "";
    const isValid =
      words.length % 2 === 0 &&
      words.every((text, i) => {
        return /^[0-9]{1,18}$/.test(text) && (i % 2 === 1 || Number(text) > 0);
      });
    if (!isValid) throw new OptionError("Invalid save parameters");
    return words.map(Number).join(" ");
  },
  print: (value) => value,
  append: (previous, next) => (next === "" ? "" : `${previous} ${next}`.trim()),
};

export interface OutputLimit {
  /** Bytes; 0 is no limit. */
  readonly hard: number;
  readonly soft: number;
  readonly softSeconds: number;
}

export type OutputLimits = Readonly<Record<"normal" | "slave" | "pubsub", OutputLimit>>;

const CLIENT_CLASSES = new Map<string, keyof OutputLimits>([
  ["normal", "normal"],
  ["slave", "slave"],
  ["replica", "slave"],
  ["pubsub", "pubsub"],
]);

/** `class hard soft seconds` for some classes of clients; those not named stay as they are. */
export const outputLimits: Kind<OutputLimits> = {
  takesWords: true,
  parse: (words, previous) => {
    if (words.length === 1 && words[0] === "") return previous;
    if (words.length % 4 !== 0) {
      throw new OptionError("Wrong number of arguments in buffer limit configuration.");
    }
    const limits = { ...previous };
    for (let i = 0; i < words.length; i += 4) {
      const name = CLIENT_CLASSES.get((words[i] as string).toLowerCase());
      if (name === undefined) {
        throw new OptionError("Invalid client class specified in buffer limit configuration.");
      }
      limits[name] = outputLimit(words.slice(i + 1, i + 4));
    }
    return limits;
  },
  print: (value) =>
    Object.entries(value)
      .map(([name, { hard, soft, softSeconds }]) => {
        return `${name} ${hard} ${soft} ${softSeconds}`;
      })
      .join(" "),
};

function outputLimit([hard = "", soft = "", seconds = ""]: readonly string[]): OutputLimit {
  const hardLimit = parseMemory(hard);
  const softLimit = parseMemory(soft);
  if (hardLimit === undefined || softLimit === undefined || !/^[0-9]{1,15}$/.test(seconds)) {
    throw new OptionError(
      "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
    );
  }
  return { hard: Number(hardLimit), soft: Number(softLimit), softSeconds: Number(seconds) };
}

export const oomScores: Kind<string> = {
  takesWords: true,
  parse: (words) => {
    if (words.length !== 3) throw new OptionError("wrong number of arguments");
    if (words.every((text) => /^-?[0-9]{1,4}$/.test(text) && Math.abs(Number(text)) <= 2000)) {
      return words.map(Number).join(" ");
    }
    throw new OptionError("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
  },
  print: (value) => value,
};

/** Events that `A` stands for, and the others, in the order in which Redis prints them. */
const ALL_EVENTS = "g$lshzxetd";
const OTHER_EVENTS = "KEmn";

export const eventClasses: Kind<string> = word(
  (given) => {
    if (!/^[Ag$lshzxeKEtmdn]*$/.test(given)) {
      throw new OptionError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    const holds = (char: string) => given.includes(char);
    const hasAll = holds("A") || [...ALL_EVENTS].every(holds);
    const events = hasAll ? "A" : [...ALL_EVENTS].filter(holds).join("");
    return events + ["n", ...OTHER_EVENTS.replace("n", "")].filter(holds).join("");
  },
  // As Redis does, which forgets the n behind an A when it prints, but not when it works.
  (value) => value.replace("An", "A"),
);

/** Percentiles from 0 to 100, printed as `%.10g` would print a `%f`. */
export const percentiles: Kind<readonly number[]> = {
  takesWords: true,
  parse: (words) =>
    words
      .filter((text) => text !== "")
      .map((text) => {
        const value = parseDouble(text);
        if (Number.isNaN(value)) {
          throw new OptionError("Invalid latency-tracking-info-percentiles parameters");
        }
        if (value >= 0 && value <= 100) return value;
        throw new OptionError(
          "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        );
      }),
  print: (value) => value.map((percent) => String(Number(percent.toFixed(6)))).join(" "),
};
