/** What becomes of connections when the rights of their users change. */

import type { Session } from "../session.ts";
import { isSubscriber } from "../subscriptions.ts";
import type { User } from "./user.ts";

/** Ends the connections of a user that is no more; `own` may still send the reply. */
export function endSessionsOf(user: User, sessions: Iterable<Session>, own: Session): void {
  for (const session of sessions) {
    if (session.user !== user || session.closed) continue;
    session.authenticated = false;
    end(session, own);
  }
}

function end(session: Session, own: Session): void {
  if (session === own) session.closeAfterReply = true;
  else session.close();
}

/** Ends the connections that listen to what `user` may not listen to any longer. */
export function endStrayListeners(user: User, sessions: Iterable<Session>, own: Session): void {
  if (user.selectors.some((selector) => selector.allowsAllChannels)) return;
  for (const session of sessions) {
    if (session.user !== user || session.closed || !isSubscriber(session)) continue;
    if (listensAstray(session, user)) end(session, own);
  }
}

function listensAstray({ subscriptions }: Session, { selectors }: User): boolean {
  const { channels, patterns, shardChannels } = subscriptions;
  return (
    [...patterns].some((name) => !selectors.some((one) => one.channels.has(name))) ||
    [...channels, ...shardChannels].some(
      (name) => !selectors.some((one) => one.allowsChannel(name)),
    )
  );
}
