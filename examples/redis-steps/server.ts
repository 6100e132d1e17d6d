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
import { error, ProtocolError, parseRequest } from "./resp.ts";

const chunk = Buffer.alloc(65536);

/** Who wants to know of connections: the list of idle ones in step 06. */
export interface Watcher {
  active(connection: Connection): void;
  closed(connection: Connection): void;
}

export class Connection {
  private input = Buffer.alloc(0);
  private output = Buffer.alloc(0);
  private isOver = false;
  private readonly loop: Loop;
  private readonly connfd: number;
  private readonly commands: Commands;
  private readonly watcher: Watcher | undefined;

  constructor(loop: Loop, connfd: number, commands: Commands, watcher: Watcher | undefined) {
    [this.loop, this.connfd, this.commands, this.watcher] = [loop, connfd, commands, watcher];
    loop.add(connfd, EPOLLIN, this);
    watcher?.active(this);
  }

  /** One read when nothing is left to write, and one write. */
  ready(): void {
    this.watcher?.active(this);
    try {
      const isOpen = this.output.length > 0 || this.hear();
      if (isOpen) this.answer();
      if (!isOpen || (this.isOver && this.output.length === 0)) this.close();
    } catch (failure) {
      if (!(failure instanceof SyscallError)) throw failure;
      this.close(); // ECONNRESET, EPIPE: its affair, not ours
    }
  }

  close(): void {
    this.watcher?.closed(this);
    this.loop.remove(this.connfd);
    close(this.connfd);
  }

  private hear(): boolean {
    const n = read(this.connfd, chunk, chunk.length);
    if (n <= 0) return n < 0;
    this.input = Buffer.concat([this.input, chunk.subarray(0, n)]);
    const replies: string[] = [];
    try {
      this.input = this.input.subarray(this.runAll(replies));
    } catch (failure) {
      if (!(failure instanceof ProtocolError)) throw failure;
      replies.push(error(`Protocol error: ${failure.message}`));
      this.isOver = true;
    }
    this.output = Buffer.from(replies.join(""), "latin1");
    return true;
  }

  /** Runs every request that is whole: pipelining. Gives where the first other one begins. */
  private runAll(replies: string[]): number {
    let end = 0;
    for (;;) {
      const found = parseRequest(this.input, end);
      if (found === undefined) return end;
      replies.push(runCommand(this.commands, found.args));
      end = found.end;
    }
  }

  private answer(): void {
    if (this.output.length === 0) return;
    const n = Math.max(write(this.connfd, this.output, this.output.length), 0);
    this.output = this.output.subarray(n);
    this.loop.modify(this.connfd, this.output.length > 0 ? EPOLLOUT : EPOLLIN);
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
