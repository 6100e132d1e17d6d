/**
 * The bounds of a part of a sorted set, as questions about an entry. In the order of the set the
 * answer is yes up to some entry and no from there on, which is all that the tree has to know.
 *
 * See also: sorted-set-commands.ts, ordered-tree.ts (`rank`). */

import { CommandError } from "./commands.ts";
import { parseScore } from "./numbers.ts";
import type { Entry } from "./sorted-set.ts";

/** Which entries come before a part: those before its start, those before its end. */
export interface Bounds {
  readonly isBelow: (entry: Entry) => boolean;
  readonly isWithin: (entry: Entry) => boolean;
}

/** `1.5`, `(1.5` without those of that score, `-inf`, `+inf`. */
export function scoreBounds(...args: [min: Buffer, max: Buffer]): Bounds {
  const [min, max] = args.map((arg) => {
    const text = arg.toString("latin1");
    const isOpen = text.startsWith("(");
    const score = parseScore(isOpen ? text.slice(1) : text);
    if (Number.isNaN(score)) throw new CommandError("ERR min or max is not a float");
    return { score, isOpen };
  });
  return {
    isBelow: ({ score }) => score < min.score || (min.isOpen && score === min.score),
    isWithin: ({ score }) => score < max.score || (!max.isOpen && score === max.score),
  };
}

/** `[name`, `(name` without that one, `-` before and `+` behind all names. */
export function nameBounds(...args: [min: Buffer, max: Buffer]): Bounds {
  const [min, max] = args.map((arg) => {
    const text = arg.toString("latin1");
    if (!/^(?:[-+]$|[[(])/.test(text)) {
      throw new CommandError("ERR min or max not valid string range item");
    }
    return { mark: text[0], name: text.slice(1) };
  });
  /** Whether a name comes before a bound: the end of a part if `mark` is what closes it. */
  const isBefore = (name: string, bound: typeof min, mark: string) =>
    bound.mark === "+" ||
    (bound.mark !== "-" && name < bound.name) ||
    (bound.mark === mark && name === bound.name);
  return {
    isBelow: ({ name }) => isBefore(name, min, "("),
    isWithin: ({ name }) => isBefore(name, max, "["),
  };
}
