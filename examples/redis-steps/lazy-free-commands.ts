/**
 * DEL and UNLINK, FLUSHALL and FLUSHALL ASYNC. Either way the keys are gone when the reply is sent;
 * what differs is who gives the memory back, and who waits for it.
 *
 * See also: lazy-free.ts. */

import { CommandError, type Commands } from "./commands.ts";
import type { ExpiringKeys } from "./expiring-keys.ts";
import type { LazyFree } from "./lazy-free.ts";
import { integer, OK } from "./resp.ts";
import { keyOf } from "./strings.ts";

export function lazyFreeCommands(keys: ExpiringKeys, lazy: LazyFree): Commands {
  const takeAllOf = (names: Buffer[]) =>
    names.map((name) => keys.take(keyOf(name))).filter((value) => value !== undefined);

  function del([, ...names]: Buffer[]): string {
    const values = takeAllOf(names);
    lazy.freeNow(values);
    return integer(values.length);
  }

  function unlink([, ...names]: Buffer[]): string {
    const values = takeAllOf(names);
    lazy.free(values);
    return integer(values.length);
  }

  function flushall([, ...modes]: Buffer[]): string {
    const mode = modes.join(" ").toLowerCase();
    if (!["", "sync", "async"].includes(mode)) throw new CommandError("ERR syntax error");
    if (mode === "async") lazy.free(keys.takeAll());
    else lazy.freeNow(keys.takeAll());
    return OK;
  }

  return {
    del: { arity: -2, run: del },
    unlink: { arity: -2, run: unlink },
    flushall: { arity: -1, run: flushall },
  };
}
