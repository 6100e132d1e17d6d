// Layers over the one table of calls: what trace, counters and fault injection have in common.
//
// A layer wraps every member of the table; with none the table is the addon's own again, so what
// is switched off costs nothing. Faults are innermost: counters and trace see what they made up.
// See also ../native.ts.
import { type Calls, calls } from "../native.ts";

/** A member of the table, whichever: numbers and views in, a result or -errno out. */
export type Call = (...args: unknown[]) => number;

/** What a layer makes of one call; `next` itself leaves the call alone. */
export type Wrap = (name: string, next: Call) => Call;

/** The places of the layers, the one next to the kernel first. */
const PLACES = ["fault", "counters", "trace"] as const;
type Place = (typeof PLACES)[number];

interface Layer {
  readonly place: Place;
  readonly wrap: Wrap;
}

/** How many answers were made up by the fault layer: a trace tells them from the kernel's. */
export const injected = { count: 0 };

const table = calls as Calls & Record<string, Call>;
let layers: Layer[] = [];
/** The table as it was before the first layer. */
let base: Record<string, Call> = {};

/**
 * C's name of a member of the table. Lower case means the C library has it. The others are ours:
 * undefined, except for the one that brings the struct of a call with it.
 */
export function systemCall(name: string): string | undefined {
  if (name === "setsockoptFprog") return "setsockopt";
  return name === name.toLowerCase() ? name : undefined;
}

/** A RangeError for a name that no call has: a filter for it would do nothing, silently. */
export function checkCallName(name: string): void {
  if (!Object.hasOwn(table, name)) throw new RangeError(`no call is named ${JSON.stringify(name)}`);
}

/** Puts a layer in its place, above others of the same. The function returned takes it out. */
export function addLayer(place: Place, wrap: Wrap): () => void {
  if (layers.length === 0) base = { ...table };
  const layer = { place, wrap };
  layers = [...layers, layer].sort((a, b) => rank(a) - rank(b));
  rebuild();
  return () => {
    if (!layers.includes(layer)) return;
    layers = layers.filter((other) => other !== layer);
    rebuild();
  };
}

/** The calls without any layer, for what is to be neither counted nor shown. */
export function kernelCalls(): Calls {
  return layers.length === 0 ? calls : (base as Calls & Record<string, Call>);
}

function rank({ place }: Layer): number {
  return PLACES.indexOf(place);
}

function rebuild(): void {
  for (const [name, call] of Object.entries(base)) {
    const wrapped = layers.reduce((next, { wrap }) => wrap(name, next), call);
    if (wrapped !== call) Object.defineProperty(wrapped, "name", { value: name });
    Object.assign(table, { [name]: wrapped });
  }
}
