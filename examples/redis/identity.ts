/** Names of 160 random bits: of this run of the server, and of the history of its data. */

import { randomBytes } from "node:crypto";

export class Identity {
  readonly runId = newId();
  /** What a replica would ask to go on with. */
  replicationId = newId();

  changeReplicationId(): void {
    this.replicationId = newId();
  }
}

function newId(): string {
  return randomBytes(20).toString("hex");
}
