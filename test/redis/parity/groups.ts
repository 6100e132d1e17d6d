/** The groups of commands that are compared: one row each. */

import { bitmaps } from "./groups/bitmaps.ts";
import { connection } from "./groups/connection.ts";
import { geo } from "./groups/geo.ts";
import type { Group } from "./groups/group.ts";
import { hashes } from "./groups/hashes.ts";
import { hyperloglogs } from "./groups/hyperloglogs.ts";
import { keys } from "./groups/keys.ts";
import { lex } from "./groups/lex.ts";
import { lists } from "./groups/lists.ts";
import { pubsub } from "./groups/pubsub.ts";
import { sets } from "./groups/sets.ts";
import { sortedSets } from "./groups/sorted-sets.ts";
import { sorting } from "./groups/sorting.ts";
import { streams } from "./groups/streams.ts";
import { strings } from "./groups/strings.ts";
import { transactions } from "./groups/transactions.ts";

export const GROUPS: Readonly<Record<string, Group>> = {
  strings,
  keys,
  lists,
  hashes,
  sets,
  "sorted-sets": sortedSets,
  lex,
  streams,
  sorting,
  bitmaps,
  hyperloglogs,
  geo,
  transactions,
  pubsub,
  connection,
};
