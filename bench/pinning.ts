/** Server and load on cores of their own: they share caches, but do not wait for each other. */

import { availableParallelism } from "node:os";
import { isInstalled } from "./programs.ts";

export const IS_PINNED = availableParallelism() > 1 && isInstalled("taskset");

function pinned(core: number, words: readonly string[]): string[] {
  return IS_PINNED ? ["taskset", "-c", `${core}`, ...words] : [...words];
}

export function onServerCore(words: readonly string[]): string[] {
  return pinned(0, words);
}

export function onLoadCore(words: readonly string[]): string[] {
  return pinned(1, words);
}
