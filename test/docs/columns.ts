/**
 * The calls of a server and of its client in two columns, laid out by hand: each column has what
 * was recorded of its program, and nothing stands above what it had to wait for.
 */

/** Less than this is the indent of a row in which a call goes on. */
const LEAST_COLUMN = 20;
const GAP = "   ";
/** In records descriptors are counted as if Node had none but the first three. */
const FIRST_FD = 3;

/** What one side calls, and what the kernel can't answer the other before. */
const WAITS = [
  ["server listen", "client connect"],
  ["client connect", "server accept"],
  ["client write", "server read"],
  ["server write", "client read"],
] as const;

interface Call {
  readonly side: "server" | "client";
  text: string;
}

/** The text itself, unless it is not made of these records. */
export function twoColumns(text: string, server: string, client: string): string {
  const calls = callsIn(text);
  for (const [side, record] of [
    ["server", server],
    ["client", client],
  ] as const) {
    const [shown, recorded] = [comparable(calls, side), linesOf(record)];
    const wrong = recorded.findIndex((line, i) => line !== shown[i]);
    if (wrong >= 0) throw new Error(`the ${side} calls ${recorded[wrong]}, not ${shown[wrong]}`);
    if (shown.length > recorded.length) throw new Error(`the ${side} calls no ${shown.at(-1)}`);
  }
  const order = calls.map(({ side, text }) => `${side} ${text.split("(")[0]}`);
  for (const [first, then] of WAITS) {
    if (order.indexOf(then) < order.indexOf(first)) throw new Error(`${then} is before ${first}`);
  }
  return text;
}

function callsIn(text: string): Call[] {
  const rows = text.trimEnd().split("\n");
  const indents = rows.map((row) => row.search(/\S/));
  const column = Math.min(...indents.filter((indent) => indent >= LEAST_COLUMN));
  const calls: Call[] = [];
  const add = (side: Call["side"], cell: string) => {
    const last = calls.findLast((call) => call.side === side);
    if (cell.startsWith(" ") && last !== undefined) last.text += ` ${cell.trim()}`;
    else if (cell !== "") calls.push({ side, text: cell });
  };
  for (const row of rows) {
    const hasTwo = row.slice(column - GAP.length, column) === GAP;
    add("server", (hasTwo ? row.slice(0, column) : row).trimEnd());
    if (hasTwo) add("client", row.slice(column));
  }
  return calls;
}

/** Descriptors as in a record, and no more than one space. */
function comparable(calls: readonly Call[], side: Call["side"]): string[] {
  const texts = calls.filter((call) => call.side === side).map(({ text }) => text);
  const first = Number(/\d+$/.exec(texts[0] ?? "")?.[0]);
  const counted = (fd: string) => `${Number(fd) - first + FIRST_FD}`;
  const isFd = /(?<=^\w+\()\d+|(?<=^(?:socket|accept)\(.*= )\d+$/g;
  return texts.map((text) => text.replace(isFd, counted).replace(/ +/g, " "));
}

function linesOf(record: string): string[] {
  return record.trimEnd().replace(/ +/g, " ").split("\n");
}
