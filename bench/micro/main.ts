/** The small costs: of a call, of an event, of an echo. */

import type { Figure } from "../results.ts";
import { orSkip, type Skipped } from "../skipped.ts";
import { callFigures } from "./calls.ts";
import { echoFigures } from "./echo.ts";
import { eventFigures } from "./events.ts";

export interface MicroScale {
  readonly calls: number;
  readonly events: number;
  readonly messages: number;
  readonly rounds: number;
}

/** What fails is noted in `skipped`, and takes nothing else with it. */
export async function microFigures(scale: MicroScale, skipped: Skipped[]): Promise<Figure[]> {
  const figures = [
    await orSkip("echo servers", skipped, () => echoFigures(scale.messages, scale.rounds)),
    await orSkip("calls", skipped, async () => callFigures(scale.calls, skipped)),
    await orSkip("events", skipped, () => eventFigures(scale.events)),
  ];
  return figures.flatMap((part) => part ?? []);
}
