/** A reply as a tree, in which every part keeps its exact bytes. */

export interface Part {
  /** The first byte: `$`, `*`, `:` and so on. */
  readonly type: string;
  readonly raw: string;
  /** Of arrays, sets, pushes and maps; a map has a key and a value in turn. */
  readonly items: readonly Part[];
}

const AGGREGATES = "*~>%";
const BULKS = "$=!";

/** All replies in a byte string of whole ones. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < text.length; ) {
    const part = partAt(text, at);
    parts.push(part);
    at += part.raw.length;
  }
  return parts;
}

function partAt(text: string, start: number): Part {
  const type = text.charAt(start);
  const lineEnd = text.indexOf("\r\n", start);
  let end = lineEnd < 0 ? text.length : lineEnd + 2;
  const count = Number(text.slice(start + 1, lineEnd));
  const items: Part[] = [];
  if (BULKS.includes(type) && count >= 0) end += count + 2;
  if (AGGREGATES.includes(type)) {
    for (let left = type === "%" ? count * 2 : count; left > 0; left--) {
      const item = partAt(text, end);
      items.push(item);
      end += item.raw.length;
    }
  }
  return { type, raw: text.slice(start, end), items };
}
