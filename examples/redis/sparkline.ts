/** Numbers as a picture of characters, a column for each, with labels that run downwards below. */

export interface Point {
  readonly value: number;
  readonly label: string;
}

const COLUMNS = 80;
const ROWS = 4;
/** A row in three steps, and what stands below a step that is higher. */
const STEPS = "_o#";
const BELOW = "|";

export function drawSparkline(points: readonly Point[]): string {
  const values = points.map(({ value }) => value);
  const least = Math.min(...values);
  const range = Math.max(...values) - least || 1;
  const pictures: string[] = [];
  for (let at = 0; at < points.length; at += COLUMNS) {
    pictures.push(drawColumns(points.slice(at, at + COLUMNS), least, range));
  }
  return pictures.join("\n");
}

function drawColumns(points: readonly Point[], least: number, range: number): string {
  const levels = ROWS * STEPS.length;
  const steps = points.map(({ value }) => {
    return Math.min(levels - 1, Math.trunc(((value - least) * levels) / range));
  });
  const lines: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    lines.push(steps.map((step) => stepChar(step - row * STEPS.length)).join(""));
  }
  lines.push(" ".repeat(points.length));
  const longest = Math.max(...points.map(({ label }) => label.length));
  for (let i = 0; i < longest; i++) {
    lines.push(points.map(({ label }) => label[i] ?? " ").join(""));
  }
  return `${lines.join("\n")}\n`;
}

/** `step` is counted from the bottom of the row. */
function stepChar(step: number): string {
  if (step < 0) return " ";
  return STEPS[step] ?? BELOW;
}
