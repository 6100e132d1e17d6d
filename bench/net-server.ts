/**
 * The same Redis core over Node's `net`: only the transport differs from examples/redis/server.ts.
 * That is the fair comparison: same parser, same keyspace, same commands, other sockets.
 *
 *   node dist/bench/net-server.js --port 7000
 */

import { createServer, type Socket } from "node:net";
import { commandTable } from "../examples/redis/commands/all.ts";
import { parseArguments, type Settings } from "../examples/redis/config.ts";
import { Core } from "../examples/redis/core.ts";
import type { Host } from "../examples/redis/host.ts";
import { QueryBuffer } from "../examples/redis/query-buffer.ts";
import { Session } from "../examples/redis/session.ts";

class NetClient extends Session {
  readonly address: string;
  readonly localAddress: string;
  readonly fdNumber = -1;
  private readonly core: Core;
  private readonly socket: Socket;
  private readonly query = new QueryBuffer();

  constructor(core: Core, socket: Socket) {
    super(core.nextSessionId(), core.database(0), Date.now());
    this.core = core;
    this.socket = socket;
    this.address = `${socket.remoteAddress}:${socket.remotePort}`;
    this.localAddress = `${socket.localAddress}:${socket.localPort}`;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", () => this.close());
    socket.on("close", () => this.core.disconnected(this));
  }

  get queryBufferLength(): number {
    return this.query.length;
  }

  get queryBufferCapacity(): number {
    return this.query.buffer.length;
  }

  get pendingOutput(): number {
    return this.socket.writableLength;
  }

  private receive(bytes: Buffer): void {
    const { query } = this;
    if (query.length === 0) {
      const used = this.process(bytes, 0, bytes.length);
      if (used < bytes.length && !this.closed) query.append(bytes, used, bytes.length);
    } else {
      query.append(bytes, 0, bytes.length);
      query.consume(this.process(query.buffer, query.start, query.end));
    }
    const limit = this.core.settings["client-query-buffer-limit"];
    if (query.length > limit) this.close();
  }

  private process(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && !this.closed && !this.closeAfterReply) {
      const used = this.core.feed(this, buffer, at, end);
      this.sendReply();
      if (used === at) break;
      at = used;
    }
    return at;
  }

  /** A write to a `net.Socket` keeps its bytes until they are sent, so they must be its own. */
  private sendReply(): void {
    const { reply } = this.core;
    if (reply.length > 0 && !this.closed) {
      this.socket.write(Buffer.from(reply.buffer.subarray(0, reply.length)));
      if (this.socket.writableLength > this.outputLimit) this.close();
    }
    reply.clear();
    if (this.closeAfterReply) this.socket.end();
  }

  private get outputLimit(): number {
    return this.core.settings["client-output-buffer-limit"].normal.hard || Number.POSITIVE_INFINITY;
  }

  push(bytes: Buffer, start: number, end: number): void {
    if (!this.closed) this.socket.write(bytes.subarray(start, end));
  }

  resumeLater(): void {
    setImmediate(() => this.receive(Buffer.alloc(0)));
  }

  close(): void {
    this.closed = true;
    this.socket.destroy();
  }
}

function serve(settings: Settings): void {
  const host: Host = {
    configFile: "",
    shutdown: () => process.exit(0),
    settingChanged: () => {},
    after: (milliseconds, fn) => {
      const timer = setTimeout(fn, milliseconds);
      return { cancel: () => clearTimeout(timer) };
    },
    log: (_level, message) => console.error(message),
  };
  const core = new Core(settings, commandTable(), host);
  setInterval(() => core.cron(), 1000 / settings.hz);
  const server = () => createServer((socket) => core.connected(new NetClient(core, socket)));
  const { port, unixsocket: path, "tcp-backlog": backlog } = settings;
  if (path !== "") server().listen({ path, backlog });
  const listener = server().listen({ port, host: "127.0.0.1", backlog }, () => {
    const { port } = listener.address() as { port: number };
    console.log(`Listening on 127.0.0.1:${port}`);
  });
}

serve(parseArguments(process.argv.slice(2)).settings);
