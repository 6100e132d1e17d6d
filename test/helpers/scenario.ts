/**
 * Several clients at once: lines like `a blpop key 0` and `b rpush key x`, run by a core and by the
 * referee, and what each client got in the end. `$a` stands for the id of client a, `sleep 400`
 * lets milliseconds pass, and `hello` makes all clients speak RESP3 where a test asks for it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { type TestSession, testCore } from "./core-session.ts";
import { NO_REFEREE, type Referee, type RefereeSession, requestWords } from "./referee.ts";

export type Scenario = readonly string[];
export type Transcripts = Record<string, string>;

/** How long the referee's bytes may take to arrive. */
const PATIENCE_MS = 5000;

interface Line {
  readonly client: string;
  readonly request: string;
}

function parseLine(line: string): Line {
  const [client = ""] = line.split(" ", 1);
  return { client, request: line.slice(client.length + 1) };
}

function withIds(request: string, ids: Readonly<Record<string, number>>): string {
  return request.replace(/\$(\w+)/g, (_text, client) => String(ids[client]));
}

function clientsOf(scenario: Scenario): string[] {
  const names = scenario.map((line) => parseLine(line).client).filter((name) => name !== "sleep");
  return [...new Set(names)].sort();
}

/** What the clients of a core get. */
export async function runOurs(scenario: Scenario, protocol = 2): Promise<Transcripts> {
  const core = testCore();
  const sessions: Record<string, TestSession> = {};
  const ids: Record<string, number> = {};
  for (const name of clientsOf(scenario)) {
    const session = core.connect();
    core.send(["hello", protocol], session);
    sessions[name] = session;
    ids[name] = session.id;
  }
  for (const line of scenario) {
    const { client, request } = parseLine(line);
    const session = sessions[client];
    if (session === undefined) {
      await sleep(Number(request));
      continue;
    }
    const reply = core.send(requestWords(withIds(request, ids)), session);
    session.pushed += reply;
  }
  const entries = Object.entries(sessions);
  for (const [, session] of entries) core.core.disconnected(session);
  return Object.fromEntries(entries.map(([name, { pushed }]) => [name, pushed]));
}

/** The same of the referee; `expected` says for how many bytes to wait. */
async function runReferee(
  t: Test,
  referee: Referee,
  scenario: Scenario,
  protocol: number,
  expected: Transcripts,
): Promise<Transcripts> {
  await referee.sendAll(["flushall", 'config set notify-keyspace-events ""']);
  const sessions: Record<string, RefereeSession> = {};
  const ids: Record<string, number> = {};
  for (const name of clientsOf(scenario)) {
    const session = await referee.connect(t);
    ids[name] = Number((await session.send("client id")).slice(1));
    await session.send(["hello", protocol]);
    sessions[name] = session;
  }
  for (const line of scenario) {
    const { client, request } = parseLine(line);
    const session = sessions[client];
    if (session === undefined) await sleep(Number(request));
    else session.post(withIds(request, ids));
    // The first answer may overtake the request, the second one can't.
    await referee.send("ping");
    await referee.send("ping");
  }
  const transcripts: Transcripts = {};
  for (const [name, session] of Object.entries(sessions)) {
    transcripts[name] = await received(session, expected[name] ?? "");
    session.close();
  }
  return transcripts;
}

async function received(session: RefereeSession, expected: string): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  while (session.waiting.length < expected.length && Date.now() < deadline) await sleep(5);
  return session.waiting;
}

/** One line for each message and each reply that begins an array, so that a difference shows. */
function readable(transcripts: Transcripts): Record<string, string[]> {
  const lines = Object.entries(transcripts).map(([name, text]) => {
    return [name, text.split(/(?=[*>][345]\r\n)/).map((line) => JSON.stringify(line))] as const;
  });
  return Object.fromEntries(lines);
}

/** Runs every scenario on both, in RESP2 and RESP3, and compares all that every client got. */
export async function sameScenarios(
  t: Test,
  referee: Referee | undefined,
  scenarios: Readonly<Record<string, Scenario>>,
): Promise<void> {
  if (referee === undefined) {
    t.pass("compared", { skip: NO_REFEREE });
    return;
  }
  for (const [name, scenario] of Object.entries(scenarios)) {
    for (const protocol of [2, 3]) {
      const ours = await runOurs(scenario, protocol);
      const theirs = await runReferee(t, referee, scenario, protocol, ours);
      t.same(readable(ours), readable(theirs), `${name} over RESP${protocol}`);
    }
  }
}
