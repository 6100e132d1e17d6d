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

/** Its parts are looked for when somebody asks: users who may use all keys need none of them. */
export class Request {
  readonly command: Command;
  readonly source: Words;
  private foundKeys: readonly FoundKey[] | undefined;

  constructor(command: Command, source: Words) {
    this.command = command;
    this.source = source;
  }

  /** The first word behind the command's name, shortened; undefined when there is none. */
  get firstArgument(): string | undefined {
    return this.source.count > 1 ? this.source.prefix(1, SHOWN) : undefined;
  }

  get keys(): readonly FoundKey[] {
    this.foundKeys ??= keysOf(this.command, this.source);
    return this.foundKeys;
  }
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

function keysOf(command: Command, source: Words): FoundKey[] {
  const words: string[] = [];
  for (let i = 0; i < source.count; i++) words.push(source.prefix(i, SHOWN));
  const found = findKeys(command, words) ?? [];
  return found.map((one) => ({ ...one, key: nameAt(source, one.index) }));
}

/** A word as a name to match; "" is matched by nothing that matches a name. */
export function nameAt(source: Words, i: number): string {
  return source.length(i) <= LONGEST_NAME ? source.string(i) : "";
}
