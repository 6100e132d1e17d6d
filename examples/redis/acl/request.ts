/** What an access rule looks at in a request: the command, its keys, its first words. */

import type { Command } from "../command.ts";
import { type FoundKey, findKeys } from "../key-specs.ts";

/** Where a request's words come from; word 0 is the name of the command. */
export interface Words {
  readonly count: number;
  length(i: number): number;
  string(i: number): string;
  prefix(i: number, limit: number): string;
}

export interface Request {
  readonly command: Command;
  /** The words, long ones shortened. */
  readonly words: readonly string[];
  readonly keys: readonly FoundKey[];
  readonly source: Words;
}

/** Why a request may not be, and by which of its words. */
export interface Denial {
  readonly reason: "command" | "key" | "channel" | "auth";
  readonly index: number;
}

/** Options and numbers that say where the keys are have no more bytes than this. */
const SHOWN = 128;
/** A key may be longer than any string; no pattern is going to be for that one. */
const LONGEST_NAME = 64 * 1024 * 1024;

export function describeRequest(command: Command, source: Words): Request {
  const words: string[] = [];
  for (let i = 0; i < source.count; i++) words.push(source.prefix(i, SHOWN));
  const keys = (findKeys(command, words) ?? []).map((found) => {
    return { ...found, key: nameAt(source, found.index) };
  });
  return { command, words, keys, source };
}

/** A word as a name to match; "" is matched by nothing that matches a name. */
export function nameAt(source: Words, i: number): string {
  return source.length(i) <= LONGEST_NAME ? source.string(i) : "";
}

/** Whether a key specification has this flag. */
export function isOfKey(flags: string, flag: string): boolean {
  return ` ${flags} `.includes(` ${flag} `);
}
