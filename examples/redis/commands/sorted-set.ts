import type { CommandGroup } from "../command.ts";

export const sortedSetCommands: CommandGroup = { group: "sorted-set", rows: [] };
