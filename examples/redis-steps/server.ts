/**
 * The event loop of steps 03 to 08: each connection has a buffer for the request that is not whole
 * and one for the reply that is not sent. All requests that came together are answered together.
 *
 * See also: ../10-backpressure.ts, ../11-loop.ts; ../redis/server.ts and ../redis/client.ts. */

import {
  acceptConnections,
  close,
  EPOLLIN,
  EPOLLOUT,
  type Loop,
  listenTcp,
  read,
  SyscallError,
  write,
} from "fdkit";
import { type Commands, runCommand } from "./commands.ts";
import { InputBuffer } from "./input-buffer.ts";
import { error, ProtocolError, parseRequest } from "./resp.ts";

/** When the replies of a turn are longer, the other requests wait until they are sent. */
const OUTPUT_LIMIT_BYTES = 1 << 20;

const chunk = Buffer.alloc(65536);

/** Who wants to know what a connection does: the list of idle ones in step 06. */
export interface Watch {
  active(): void;
  closed(): void;
}

export type Watcher = (connection: Connection) => Watch;

export class Connection {
  private readonly input = new InputBuffer();
  private output = Buffer.alloc(0);
  private isBehind = false;
  private isOver = false;
  private events = EPOLLIN;
  private readonly loop: Loop;
  private readonly connfd: number;
  private readonly commands: Commands;
  private readonly watch: Watch | undefined;

  constructor(loop: Loop, connfd: number, commands: Commands, watcher: Watcher | undefined) {
    [this.loop, this.connfd, this.commands] = [loop, connfd, commands];
    loop.add(connfd, EPOLLIN, this);
    this.watch = watcher?.(this);
  }

  ready(): void {
    this.watch?.active();
    if (!this.isServed()) this.close();
  }

  /** False when the connection is over; a call that failed is its end as well. */
  private isServed(): boolean {
    try {
      return this.serve();
    } catch (failure) {
      if (failure instanceof SyscallError) return false; // ECONNRESET, EPIPE: its affair, not ours
      throw failure;
    }
  }

  close(): void {
    this.watch?.closed();
    this.loop.remove(this.connfd);
    close(this.connfd);
  }

  /** One read at most, and one write. False when the connection is over. */
  private serve(): boolean {
    if (this.output.length === 0) {
      if (!this.isBehind && !this.hear()) return false;
      this.run();
    }
    this.answer();
    return !this.isOver || this.output.length > 0;
  }

  private hear(): boolean {
    const n = read(this.connfd, chunk, chunk.length);
    if (n > 0) this.input.append(chunk.subarray(0, n));
    return n !== 0;
  }

  /** Runs every request that is whole: pipelining. */
  private run(): void {
    const replies: string[] = [];
    try {
      this.input.drop(this.runAll(replies));
    } catch (failure) {
      if (!(failure instanceof ProtocolError)) throw failure;
      replies.push(error(`Protocol error: ${failure.message}`));
      this.isOver = true;
    }
    this.output = Buffer.from(replies.join(""), "latin1");
  }

  /** Gives where the first request begins that was not run. */
  private runAll(replies: string[]): number {
    const { bytes } = this.input;
    let end = 0;
    for (let size = 0; size < OUTPUT_LIMIT_BYTES; ) {
      const found = parseRequest(bytes, end);
      this.isBehind = found !== undefined;
      if (found === undefined) return end;
      const reply = runCommand(this.commands, found.args);
      size += reply.length;
      replies.push(reply);
      end = found.end;
    }
    return end;
  }

  /** EPOLLOUT only while there is something to do once the replies are gone. */
  private answer(): void {
    if (this.output.length > 0) {
      const n = Math.max(write(this.connfd, this.output, this.output.length), 0);
      this.output = this.output.subarray(n);
    }
    const events = this.output.length > 0 || this.isBehind ? EPOLLOUT : EPOLLIN;
    if (events !== this.events) this.loop.modify(this.connfd, events);
    this.events = events;
  }
}

/** Serves `commands` on a port of 127.0.0.1, as one source of the loop. */
export function serve(loop: Loop, port: number, commands: Commands, watcher?: Watcher): void {
  const listenfd = listenTcp("127.0.0.1", port);
  const welcome = (connfd: number) => new Connection(loop, connfd, commands, watcher);
  loop.add(listenfd, EPOLLIN, {
    ready() {
      if (acceptConnections(listenfd, 16, welcome) < 0) loop.pause(listenfd, 100);
    },
  });
  console.log(`listening on 127.0.0.1:${port}`);
}
