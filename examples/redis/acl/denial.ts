/** Requests that are denied: what the client is told, and what ACL LOG and INFO keep of it. */

import type { Args } from "../args.ts";
import type { Command } from "../command.ts";
import { describe } from "../commands/client.ts";
import type { Core } from "../core.ts";
import type { Session } from "../session.ts";
import type { Incident } from "./log.ts";
import type { Denial } from "./request.ts";

/** Without the `NOPERM` before it. */
export function denialText({ reason }: Denial, command: Command): string {
  return reason === "command"
    ? `this user has no permissions to run the '${command.name}' command`
    : `this user has no permissions to access one of the ${reason}s used as arguments`;
}

const LATE: Record<Denial["reason"], string> = {
  auth: "no permission",
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as arguments",
};

/** For a request that was still allowed when it was queued. */
export function lateDenialText({ reason }: Denial): string {
  return (
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC " +
    `call. This command is no longer allowed for the following reason: ${LATE[reason]}`
  );
}

/** How much the log keeps of a key. */
const SHOWN = 1024;

/** What happened, for the log, when `session` was denied to run `args`. */
export function incidentOf(
  session: Session,
  { reason, index }: Denial,
  command: Command,
  args: Args,
): Incident {
  return {
    reason,
    context: session.transaction === undefined ? "toplevel" : "multi",
    object: reason === "command" ? command.name : args.prefix(index, SHOWN),
    username: session.user.name,
  };
}

export function recordIncident(core: Core, session: Session, incident: Incident): void {
  const { clock, settings, users } = core;
  users.denied[incident.reason]++;
  const client = describe(session, clock.now).trimEnd();
  users.log.record(incident, client, clock.now, settings["acllog-max-len"]);
}
