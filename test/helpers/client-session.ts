/** Sessions with the clients of others: what they say aside, and whether they let a program end. */

import type { Test } from "tap";
import { eventually, type RedisServer, withServer } from "./redis-server.ts";

export const portOf = ({ endpoint }: RedisServer) => (endpoint as { port: number }).port;

export const urlOf = (server: RedisServer, user = "") =>
  `redis://${user}127.0.0.1:${portOf(server)}`;

/** What both kinds of clients have, and how each is closed by force. */
interface AnyClient {
  on(event: "error", listener: (error: Error) => void): unknown;
  readonly isOpen?: boolean;
  destroy?(): void;
  disconnect?(): unknown;
}

/** After a test that failed, a client must not go on trying to connect. */
function closeByForce(client: AnyClient): void {
  if (client.isOpen === undefined) client.disconnect?.();
  else if (client.isOpen) client.destroy?.();
}

/** What was said aside from replies: warnings, console output, 'error' events. */
export class Noise {
  readonly heard: string[] = [];
  private readonly t: Test;

  constructor(t: Test) {
    this.t = t;
    const warned = (warning: Error) => this.heard.push(`warning: ${warning.message}`);
    process.on("warning", warned);
    t.teardown(() => process.off("warning", warned));
    for (const method of ["debug", "error", "info", "log", "warn"] as const) {
      t.intercept(console, method, { value: (...words: unknown[]) => this.heard.push(`${words}`) });
    }
  }

  /** Listens to a client's errors, and hands it back. */
  of<C extends AnyClient>(client: C): C {
    client.on("error", (error) => this.heard.push(`error: ${error.message}`));
    this.t.teardown(() => closeByForce(client));
    return client;
  }
}

/** What makes Node stay, sockets and timers, beyond what was there `before`. */
export function holders(before: readonly string[] = []): string[] {
  const more = process.getActiveResourcesInfo();
  for (const known of before) if (more.includes(known)) more.splice(more.indexOf(known), 1);
  return more;
}

export async function holdsNothing(t: Test, before: readonly string[]): Promise<void> {
  await eventually(() => holders(before).length === 0);
  t.strictSame(holders(before), [], "nothing keeps the program alive");
}

/** A test with a server whose clients make no noise, and are gone afterwards. */
export function session(
  name: string,
  options: readonly string[],
  body: (t: Test, server: RedisServer, noise: Noise) => Promise<void>,
): void {
  withServer(name, options, async (t, server) => {
    const before = holders();
    const noise = new Noise(t);
    await body(t, server, noise);
    await holdsNothing(t, before);
    t.strictSame(noise.heard, []);
  });
}
