/**
 * The words of a request of each command, with `__rand_int__` where redis-benchmark puts a random
 * number of twelve digits, and the bytes that this makes in Redis's protocol (RESP).
 */

import { type Case, MSET_KEYS } from "./cases.ts";

export const RANDOM = "__rand_int__";
/** redis-benchmark writes this many digits. */
const DIGITS = RANDOM.length;
const ZERO = 48;

/** Sixteen bytes with the digits, and of the same kind everywhere. */
export function keyName(i: number | typeof RANDOM): string {
  return `key:${String(i).padStart(DIGITS, "0")}`;
}

export function requestWords({ command, size }: Pick<Case, "command" | "size">): string[] {
  const value = "x".repeat(size);
  switch (command) {
    case "GET":
      return ["GET", keyName(RANDOM)];
    case "SET":
      return ["SET", keyName(RANDOM), value];
    case "INCR":
      return ["INCR", `counter:${RANDOM}`];
    case "MSET":
      return [
        "MSET",
        ...Array(MSET_KEYS)
          .fill([keyName(RANDOM), value])
          .flat(),
      ];
    case "LPUSH":
      return ["LPUSH", `list:${RANDOM}`, value];
    case "LPOP":
      return ["LPOP", `list:${RANDOM}`];
    case "PING":
      return ["PING"];
  }
}

export function encodeRequest(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** A batch of the same request, in which only the digits of the keys are written anew. */
export class RequestBatch {
  readonly bytes: Buffer;
  private readonly places: readonly number[];

  constructor(words: readonly string[], size: number) {
    const text = encodeRequest(...words).repeat(size);
    this.places = [...text.matchAll(new RegExp(RANDOM, "g"))].map(({ index }) => index);
    this.bytes = Buffer.from(text, "latin1");
  }

  /** Writes number(0), number(1) … in the places of the numbers, one after the other. */
  fill(number: (place: number) => number): Buffer {
    for (let i = 0; i < this.places.length; i++) {
      writeDigits(this.bytes, this.places[i] as number, number(i));
    }
    return this.bytes;
  }
}

function writeDigits(bytes: Buffer, start: number, number: number): void {
  let rest = number;
  for (let at = start + DIGITS - 1; at >= start; at--) {
    const tens = Math.floor(rest / 10);
    bytes[at] = ZERO + rest - tens * 10;
    rest = tens;
  }
}
