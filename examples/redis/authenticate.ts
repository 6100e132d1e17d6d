/** Who a client is: AUTH, and the option of HELLO. */

import { incidentOf, recordIncident } from "./acl/denial.ts";
import type { Call } from "./call.ts";
import { replyError } from "./errors.ts";

const WRONG_PASS = replyError("WRONGPASS invalid username-password pair or user is disabled.");

/** Makes the caller's session that user's, or throws WRONGPASS, whatever the reason is. */
export function authenticate(
  { args, command, core, session }: Call,
  name: string,
  password: string,
): void {
  const user = core.users.get(name);
  if (user === undefined || !user.accepts(password)) {
    const incident = incidentOf(session, { reason: "auth", index: 0 }, command, args);
    recordIncident(core, session, { ...incident, username: name });
    throw WRONG_PASS;
  }
  session.user = user;
  session.authenticated = true;
}
