/** ACL LOG: what clients tried in vain. The same again within a minute only counts. */

import type { Denial } from "./request.ts";

/** What two entries have in common that are one. */
export interface Incident {
  readonly reason: Denial["reason"];
  readonly context: "toplevel" | "multi";
  /** The command, the key or the channel; what a password was told with. */
  readonly object: string;
  readonly username: string;
}

interface AclLogEntry extends Incident {
  readonly count: number;
  /** Milliseconds since the epoch, of the last time. */
  readonly time: number;
  /** The last client of them, as CLIENT LIST shows it. */
  readonly client: string;
}

/** How long the same is the same, and among how many entries it is looked for. */
const GROUPING_MS = 60_000;
const COMPARED = 10;

export class AclLog {
  /** Newest first. */
  readonly entries: AclLogEntry[] = [];

  record(incident: Incident, client: string, now: number, maxLength: number): void {
    const known = this.entries.slice(0, COMPARED).findIndex((entry) => {
      return isSame(entry, incident) && now - entry.time <= GROUPING_MS;
    });
    const [earlier] = known < 0 ? [] : this.entries.splice(known, 1);
    this.entries.unshift({ ...incident, count: (earlier?.count ?? 0) + 1, time: now, client });
    const isNew = earlier === undefined;
    if (isNew && this.entries.length > maxLength) this.entries.length = maxLength;
  }

  clear(): void {
    this.entries.length = 0;
  }
}

function isSame(one: Incident, other: Incident): boolean {
  return (
    one.reason === other.reason &&
    one.context === other.context &&
    one.object === other.object &&
    one.username === other.username
  );
}
