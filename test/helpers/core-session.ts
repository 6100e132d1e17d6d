/**
 * A Redis core without sockets: bytes in, bytes out, in one process and one call. For the tests of
 * commands; what sockets do to requests is tested in test/redis/protocol.test.ts.
 */

import { commandTable } from "../../examples/redis/commands/all.ts";
import { defaultSettings, type Settings } from "../../examples/redis/config.ts";
import { Core } from "../../examples/redis/core.ts";
import type { Host } from "../../examples/redis/host.ts";
import { Session } from "../../examples/redis/session.ts";

export class TestSession extends Session {
  readonly address = "127.0.0.1:50000";
  readonly localAddress = "127.0.0.1:6379";
  readonly fdNumber = 8;
  readonly queryBufferLength = 0;
  readonly queryBufferCapacity = 0;
  readonly pendingOutput = 0;
  /** What was pushed to this session, and the replies to what it sent while it was blocked. */
  pushed = "";
  /** What was sent and is not used up. */
  backlog: Buffer = Buffer.alloc(0);
  /** Where it says that it may go on. */
  resuming = new Set<TestSession>();

  push(bytes: Buffer, start: number, end: number): void {
    this.pushed += bytes.toString("latin1", start, end);
  }

  resumeLater(): void {
    this.resuming.add(this);
  }

  /** What was pushed since the last time. */
  take(): string {
    const { pushed } = this;
    this.pushed = "";
    return pushed;
  }

  close(): void {
    this.closed = true;
  }
}

export interface TestCore {
  core: Core;
  session: TestSession;
  /** Sends one command to `session` (or another) and returns the reply's bytes as a byte string. */
  send(args: readonly (string | number | Buffer)[], session?: TestSession): string;
  connect(): TestSession;
  logged: string[];
}

export function testCore(changes: Partial<Settings> = {}): TestCore {
  const logged: string[] = [];
  const resuming = new Set<TestSession>();
  const host: Host = {
    configFile: "",
    shutdown: () => logged.push("shutdown"),
    settingChanged: (name) => logged.push(`changed ${name}`),
    after: (milliseconds, fn) => {
      const timer = setTimeout(() => {
        fn();
        resumeAll(core, resuming);
      }, milliseconds);
      return { cancel: () => clearTimeout(timer) };
    },
    log: (_level, message) => logged.push(message),
  };
  const core = new Core({ ...defaultSettings(), ...changes }, commandTable(), host);
  const connect = () => {
    const session = new TestSession(core.nextSessionId(), core.database(0), Date.now());
    session.resuming = resuming;
    core.connected(session);
    return session;
  };
  const session = connect();
  const send: TestCore["send"] = (args, to = session) => {
    to.backlog = Buffer.concat([to.backlog, encodeRequest(args)]);
    const reply = runBacklog(core, to);
    resumeAll(core, resuming);
    return reply;
  };
  return { core, session, send, connect, logged };
}

/** Runs what `session` has sent; returns the replies. */
function runBacklog(core: Core, session: TestSession): string {
  const { backlog } = session;
  const used = core.feed(session, backlog, 0, backlog.length);
  session.backlog = backlog.subarray(used);
  return core.reply.buffer.toString("latin1", 0, core.reply.length);
}

/** What a transport does between two turns. */
function resumeAll(core: Core, resuming: Set<TestSession>): void {
  for (const session of resuming) {
    resuming.delete(session);
    if (session.backlog.length > 0) session.pushed += runBacklog(core, session);
  }
}

/** A command as an array of bulk strings; strings are byte strings. */
export function encodeRequest(args: readonly (string | number | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg), "latin1");
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}
