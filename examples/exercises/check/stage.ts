/**
 * Where a solution is tried: its program, an address of its own, and the clients that a check
 * brings. What was tried is told line by line, up to the first thing that is missing.
 *
 * See also: program.ts, peer.ts */
import {
  type Address,
  AF_INET,
  AF_UNIX,
  bind,
  close,
  SOCK_DGRAM,
  SOCK_STREAM,
  SyscallError,
  socket,
} from "fdkit";
import { Missing } from "./missing.ts";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

/** Below the ports that the kernel gives to whoever wants any (ip_local_port_range). */
const LOWEST_PORT = 10_000;
const PORTS = 20_000;

/** A task, and how to tell that it is solved. */
export interface Exercise {
  /** The file's name without its ending, such as `04-two-bytes`. */
  readonly name: string;
  readonly task: string;
  /** What the program is told: a port of 127.0.0.1, or a name for a unix socket. */
  readonly argument: "port" | "datagram port" | "name";
  readonly check: (stage: Stage) => Promise<void>;
}

export class Stage {
  readonly program: Program;
  readonly address: Address & { family: number };
  private readonly type: number;
  private readonly peers: Peer[] = [];

  constructor({ argument }: Exercise, file: string) {
    this.type = argument === "datagram port" ? SOCK_DGRAM : SOCK_STREAM;
    const name = `fdkit-exercise-${process.pid}`;
    const port = freePort(this.type);
    const isName = argument === "name";
    this.address = isName
      ? { family: AF_UNIX, abstract: Buffer.from(name) }
      : { family: AF_INET, address: "127.0.0.1", port };
    this.program = new Program(file, [isName ? name : `${port}`]);
  }

  connect(): Peer {
    const peer = new Peer(this.address, this.type);
    this.peers.push(peer);
    return peer;
  }

  /** Tries one thing, and tells whether it works. */
  async step(what: string, run: () => void | Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      console.log(`✗ ${what}\n  ${error.message}`);
      const words = this.program.lastWords();
      if (words !== undefined) console.log(`  The program has ended; it said:\n${words}`);
      throw error;
    }
    console.log(`✓ ${what}`);
  }

  /** Ends the program and the clients. */
  async close(): Promise<void> {
    for (const peer of this.peers) peer.close();
    await this.program.stop();
  }
}

/** A port that nobody had a moment ago, and that nobody is given by chance. */
function freePort(type: number): number {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    const fd = socket(AF_INET, type, 0);
    try {
      bind(fd, { family: AF_INET, address: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === "EADDRINUSE")) throw error;
    } finally {
      close(fd);
    }
  }
}
