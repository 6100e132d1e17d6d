// The names of interfaces by their numbers. All are asked for at once, when one is not yet known:
// a trace that made calls of its own for every line would disturb what it shows.
import { kernelCalls } from "./layer.ts";

const names = new Map<number, string>();

/** `if_nametoindex("lo")`, or the number where there is no such interface. */
export function interfaceName(index: number): string {
  if (index > 0 && !names.has(index)) learn();
  const name = names.get(index);
  return name === undefined ? String(index) : `if_nametoindex("${name}")`;
}

function learn(): void {
  const list: { index: number; name: Uint8Array }[] = [];
  kernelCalls().if_nameindex(list);
  for (const { index, name } of list) names.set(index, Buffer.from(name).toString("latin1"));
}
