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
  /** What was pushed to this session, and the replies of `resumeLater`. */
  pushed = "";

  push(bytes: Buffer): void {
    this.pushed += bytes.toString("latin1");
  }

  resumeLater(): void {}

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
  const host: Host = {
    configFile: "",
    shutdown: () => logged.push("shutdown"),
    settingChanged: (name) => logged.push(`changed ${name}`),
    log: (_level, message) => logged.push(message),
  };
  const core = new Core({ ...defaultSettings(), ...changes }, commandTable(), host);
  const connect = () => {
    const session = new TestSession(core.nextSessionId(), core.database(0), Date.now());
    core.connected(session);
    return session;
  };
  const session = connect();
  const send: TestCore["send"] = (args, to = session) => {
    const request = encodeRequest(args);
    core.feed(to, request, 0, request.length);
    return core.reply.buffer.toString("latin1", 0, core.reply.length);
  };
  return { core, session, send, connect, logged };
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
