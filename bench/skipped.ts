/** What a run leaves out, each with its reason, for the report. */

export interface Skipped {
  readonly what: string;
  readonly reason: string;
}

/** What `measure` returns; if it fails, that is noted, and the run goes on without it. */
export async function orSkip<T>(
  what: string,
  skipped: Skipped[],
  measure: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await measure();
  } catch (error) {
    skipped.push({ what, reason: (error as Error).message });
    return undefined;
  }
}
