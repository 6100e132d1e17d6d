/** Who may use what `enable-debug-command` and `enable-protected-configs` guard. */

import type { Session } from "./session.ts";

type WhoMay = "no" | "yes" | "local";

/** `local` means over a loopback address or a unix socket, whose peers have port 0. */
export function mayUse(who: WhoMay, session: Session): boolean {
  if (who !== "local") return who === "yes";
  return /^(?:127\.|\[::1\]:|\[::ffff:127\.)|:0$/.test(session.address);
}
