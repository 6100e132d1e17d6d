/** What a solution lacks. The message is all the learner is told, so it says what to look at. */
export class Missing extends Error {}

const SHOWN_BYTES = 40;

/** Bytes as a learner wants to see them: a byte string in quotes, cut when it is long. */
export function show(bytes: string): string {
  const text = JSON.stringify(bytes.slice(0, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${text.slice(0, -1)}…" (${bytes.length} bytes)` : text;
}

/** Where what came differs from what was to come. */
export function difference(expected: string, heard: string): string {
  let at = 0;
  while (at < heard.length && heard[at] === expected[at]) at++;
  if (at === heard.length) return `only ${at} bytes come, it is cut at byte ${at}: ${show(heard)}`;
  if (at === expected.length)
    return `${heard.length - at} bytes too many: ${show(heard.slice(at))}`;
  if (heard.length <= SHOWN_BYTES) return `${show(heard)} comes`;
  return `byte ${at + 1} is another, from there on comes ${show(heard.slice(at))}`;
}
