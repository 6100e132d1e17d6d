/** The password check: takes as long for a wrong password as for the right one. */

import { createHash, timingSafeEqual } from "node:crypto";
import { replyError } from "./errors.ts";
import type { Session } from "./session.ts";

const WRONG_PASS = replyError("WRONGPASS invalid username-password pair or user is disabled.");

/** Authenticates `session` or throws WRONGPASS. The only user is `default`; "" is no password. */
export function authenticate(
  session: Session,
  requirepass: string,
  user: string,
  password: string,
): void {
  const isRight = requirepass === "" || isSame(password, requirepass);
  if (!isRight || user !== "default") throw WRONG_PASS;
  session.authenticated = true;
}

/** Digests have one length, which is what the comparison needs; lengths must not show either. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text, "latin1").digest();
}
