/** The fenced blocks of a document: what stands behind the three backticks, and what is in them. */

export interface Fence {
  /** Such as `ts examples/03-echo.ts doSomethingWith`. */
  readonly info: string;
  /** Its lines, without an indentation that all of the fence has. */
  readonly text: string;
  /** The line of the document that opens it, from 1. */
  readonly line: number;
}

const FENCE = /^```(\S.*)\n([\s\S]*?)^```$/gm;

export function fencesOf(document: string): Fence[] {
  return [...document.matchAll(FENCE)].map(({ 0: whole, 1: info, 2: text, index }) => {
    const line = document.slice(0, index).split("\n").length;
    if (whole.slice(3).includes("\n```\n")) throw new Error(`line ${line}: a fence in a fence`);
    return { info: (info as string).trim(), text: text as string, line };
  });
}

/** The document with other texts in its fences: `rewrite` gives each its text. */
export function rewriteFences(document: string, rewrite: (fence: Fence) => string): string {
  const fences = fencesOf(document);
  let next = 0;
  return document.replace(FENCE, () => {
    const fence = fences[next++] as Fence;
    return `\`\`\`${fence.info}\n${rewrite(fence)}\`\`\``;
  });
}
