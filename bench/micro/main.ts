/** The small costs: of a call, of an event, of an echo. */

import type { Figure } from "../results.ts";
import { callFigures } from "./calls.ts";
import { echoFigures } from "./echo.ts";
import { eventFigures } from "./events.ts";

export interface MicroScale {
  readonly calls: number;
  readonly events: number;
  readonly messages: number;
  readonly rounds: number;
}

export async function microFigures(scale: MicroScale): Promise<Figure[]> {
  return [
    ...(await echoFigures(scale.messages, scale.rounds)),
    ...callFigures(scale.calls),
    ...(await eventFigures(scale.events)),
  ];
}
