/** What is going on, on the terminal; where stderr is none, a line per part only. */

const began = performance.now();

function elapsed(): string {
  const seconds = Math.round((performance.now() - began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export class Progress {
  private readonly part: string;
  private readonly steps: number;
  private step = 0;

  constructor(part: string, steps: number) {
    this.part = part;
    this.steps = steps;
    if (!process.stderr.isTTY) process.stderr.write(`${elapsed()} ${part}\n`);
  }

  next(what: string): void {
    this.step++;
    if (!process.stderr.isTTY) return;
    const line = `${elapsed()} ${this.part} ${this.step}/${this.steps}: ${what}`;
    process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 100) - 1)}`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${elapsed()} ${this.part}: done\n`);
  }
}
