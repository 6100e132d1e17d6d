/**
 * The server: socket, bind, listen, and a loop that accepts, serves and closes. Everything that
 * touches an fd is here and in client.ts; what the bytes mean is the business of core.ts.
 *
 * socket(2), bind(2), listen(2), accept4(2), epoll(7)
 */

import {
  type Address,
  AF_UNIX,
  accept4,
  bind,
  close,
  EPOLLIN,
  formatAddress,
  getsockname,
  Loop,
  listen,
  SIGHUP,
  SIGINT,
  SIGTERM,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SockaddrStorage,
  SyscallError,
  send,
  socket,
  type Timer,
} from "fdkit";
import { isLocal, type ListenAddress, tcpAddresses, unixAddresses } from "./addresses.ts";
import { Client, GATHER_FROM } from "./client.ts";
import { commandTable } from "./commands/all.ts";
import type { Settings } from "./config.ts";
import { Core } from "./core.ts";
import { replyError } from "./errors.ts";
import { fitMaxClients } from "./fd-limit.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import { removeSocketFile, removeStaleSocket, setSocketMode } from "./socket-file.ts";
import { setConnectionOptions, setListenerOptions } from "./socket-options.ts";
import { isSubscriber } from "./subscriptions.ts";

/** Connections accepted before the clients that are there already have their turn. */
const ACCEPTS_PER_TURN = 100;
/** How long a listener rests after accept4 failed, which means: out of fds or of memory. */
const LISTENER_REST_MS = 100;
/** Between two portions of expired keys, which take a third of this. */
const EXPIRY_REST_MS = 15;
/** How long a shutdown waits for clients to take their last replies. */
const FAREWELL_MS = 1000;

const NON_BLOCKING = SOCK_NONBLOCK | SOCK_CLOEXEC;
const TOO_MANY_CLIENTS = Buffer.from("-ERR max number of clients reached\r\n");
const DENIED = Buffer.from(
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password " +
    "is set for the default user. Connect through the loopback interface, set a password with " +
    "'requirepass', or turn 'protected-mode' off.\r\n",
);

export class Server implements Host {
  readonly settings: Settings;
  readonly configFile: string;
  readonly log: Log;
  readonly core: Core;
  readonly loop = new Loop();
  private readonly listeners = new Map<number, Address>();
  private readonly clients = new Set<Client>();
  private readonly peer = new SockaddrStorage();
  private cronTimer: Timer | undefined;
  private isExpiring = false;
  private shutdownPhase: "none" | "requested" | "waiting" = "none";

  // What waits for the end of the turn, when no event of the batch is left.
  private readonly flushing = new Set<Client>();
  private readonly resuming = new Set<Client>();
  private closing: Client[] = [];

  constructor(settings: Settings, configFile: string, log: Log, commands = commandTable()) {
    this.settings = settings;
    this.configFile = configFile;
    this.log = log;
    fitMaxClients(settings, log);
    this.core = new Core(settings, commands, this);
    this.core.clock.hasTurns = true;
    this.core.reply.gatherFrom = GATHER_FROM;
    // Now, since who reads the greeting may send a signal before the loop runs.
    this.loop.onSignal(SIGINT, () => this.signaled("SIGINT"));
    this.loop.onSignal(SIGTERM, () => this.signaled("SIGTERM"));
    // The terminal it was started from may go, as with Redis.
    this.loop.onSignal(SIGHUP, () => {});
  }

  /** Serves until SIGINT, SIGTERM or SHUTDOWN. */
  run(): void {
    this.loop.beforeSleep(() => this.beforeSleep());
    this.startCron();
    this.loop.every(1000, () => this.inspectClients());
    this.loop.run();
    this.close();
  }

  /** Listens on all that `bind`, `port` and `unixsocket` name; throws what bind(2) says. */
  listenAll(): void {
    for (const wanted of tcpAddresses(this.settings)) this.listen(wanted);
    for (const wanted of unixAddresses(this.settings)) this.listen(wanted);
  }

  private listen({ address, isOptional }: ListenAddress): void {
    try {
      this.listenOn(address);
    } catch (error) {
      if (!isOptional || !isMissingAddress(error)) throw error;
    }
  }

  private listenOn(address: Address): void {
    removeStaleSocket(address);
    const listenfd = socket(address.family, SOCK_STREAM | NON_BLOCKING, 0);
    try {
      setListenerOptions(listenfd, address.family);
      bind(listenfd, address);
      setSocketMode(address, this.settings.unixsocketperm);
      listen(listenfd, this.settings["tcp-backlog"]);
      this.loop.add(listenfd, EPOLLIN, this.acceptor);
    } catch (error) {
      close(listenfd);
      throw error;
    }
    const bound = getsockname(listenfd) as Address;
    this.listeners.set(listenfd, bound);
    // What the kernel chose for port 0 is the server's port from now on.
    if ("port" in bound) this.settings.port = bound.port;
  }

  /** Where the server listens. */
  get addresses(): Address[] {
    return [...this.listeners.values()];
  }

  private readonly acceptor = { ready: (listenfd: number) => this.accept(listenfd) };

  private accept(listenfd: number): void {
    const listener = this.listeners.get(listenfd) as Address;
    try {
      for (let i = 0; i < ACCEPTS_PER_TURN; i++) {
        const connfd = accept4(listenfd, this.peer, NON_BLOCKING);
        if (connfd < 0) return;
        this.welcome(connfd, listener);
      }
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      // The peer gave up before it was its turn: nothing is wrong here.
      if (error.code === "ECONNABORTED") return;
      // The connection stays in the queue, so the listener would be ready again at once, for ever.
      this.log("warning", `Accepting pauses for ${LISTENER_REST_MS} ms: ${error.message}`);
      this.loop.pause(listenfd, LISTENER_REST_MS);
    }
  }

  private welcome(connfd: number, listener: Address): void {
    const isUnix = listener.family === AF_UNIX;
    const peer = this.peer.decode() as Address;
    const refusal = this.refusalOf(peer);
    if (refusal !== undefined) {
      this.refuse(connfd, refusal);
      return;
    }
    try {
      if (!isUnix) setConnectionOptions(connfd, this.settings["tcp-keepalive"]);
      const address = isUnix ? `${formatAddress(listener)}:0` : formatAddress(peer);
      const client = new Client(this, connfd, address);
      this.loop.add(connfd, EPOLLIN, client);
      this.clients.add(client);
      this.core.connected(client);
    } catch (error) {
      close(connfd);
      throw error;
    }
  }

  /** Tells the peer why, if that fits into its socket buffer, and hangs up. */
  private refuse(connfd: number, reason: Buffer): void {
    this.core.stats.rejectedConnections++;
    try {
      send(connfd, reason, reason.length, 0);
    } catch {
      // The peer is gone already; it would not have read the reason.
    } finally {
      close(connfd);
    }
  }

  private refusalOf(peer: Address): Buffer | undefined {
    if (this.clients.size >= this.settings.maxclients) return TOO_MANY_CLIENTS;
    const isProtected = this.settings["protected-mode"] && this.core.users.default.needsNoPassword;
    return isProtected && !isLocal(peer) ? DENIED : undefined;
  }

  flushLater(client: Client): void {
    this.flushing.add(client);
  }

  resumeLater(client: Client): void {
    this.resuming.add(client);
  }

  closeLater(client: Client): void {
    this.closing.push(client);
  }

  private beforeSleep(): void {
    for (const client of this.resuming) {
      this.resuming.delete(client);
      client.resume();
    }
    for (const client of this.flushing) client.drain();
    this.flushing.clear();
    if (this.shutdownPhase === "requested") this.sayFarewell();
    this.releaseClosed();
    if (this.shutdownPhase === "waiting" && this.clients.size === 0) this.loop.stop();
    this.core.clock.endTurn();
  }

  private releaseClosed(): void {
    for (const client of this.closing) {
      this.clients.delete(client);
      this.core.disconnected(client);
      client.release();
    }
    if (this.closing.length > 0) this.closing = [];
  }

  private startCron(): void {
    this.cronTimer?.cancel();
    this.cronTimer = this.loop.every(1000 / this.settings.hz, () => {
      if (this.core.cron()) this.expireMoreLater();
    });
  }

  /** Many keys have expired at once: a quarter of the time is theirs, in small portions. */
  private expireMoreLater(): void {
    if (this.isExpiring) return;
    this.isExpiring = true;
    this.loop.after(EXPIRY_REST_MS, () => {
      this.isExpiring = false;
      if (this.core.expireMore()) this.expireMoreLater();
    });
  }

  /** Closes clients that were silent for `timeout` seconds or do not read their replies. */
  private inspectClients(): void {
    const { timeout } = this.settings;
    const { now } = this.core.clock;
    for (const client of this.clients) {
      if (client.closed || client.exceedsOutputLimit()) continue;
      const idle = (now - client.lastInteraction) / 1000;
      const isWaiting = client.monitor || isSubscriber(client) || client.blocked !== undefined;
      if (timeout > 0 && idle > timeout && !isWaiting) client.close();
    }
  }

  after(milliseconds: number, fn: () => void): Timer {
    return this.loop.after(milliseconds, () => {
      this.core.clock.read();
      fn();
    });
  }

  settingChanged(name: string): void {
    if (name === "hz") this.startCron();
    if (name === "maxclients") fitMaxClients(this.settings, this.log);
    if (name === "port" || name === "bind") this.relisten();
  }

  /**
   * Moves to the addresses that `bind` and `port` name now. When that fails, CONFIG SET puts the
   * settings back and calls again.
   */
  private relisten(): void {
    try {
      const wanted = tcpAddresses(this.settings);
      const stays = (address: Address) => wanted.some((one) => isSameAddress(address, one));
      // Leaving comes first: 0.0.0.0 can't have a port that 127.0.0.1 still has.
      for (const [listenfd, address] of this.listeners) {
        if (address.family !== AF_UNIX && !stays(address)) this.unlisten(listenfd);
      }
      const before = this.addresses;
      for (const one of wanted) {
        if (!before.some((address) => isSameAddress(address, one))) this.listen(one);
      }
    } catch (error) {
      throw replyError(`ERR Unable to listen on this port: ${(error as Error).message}`);
    }
  }

  private unlisten(listenfd: number): void {
    const address = this.listeners.get(listenfd) as Address;
    this.loop.remove(listenfd);
    close(listenfd);
    this.listeners.delete(listenfd);
    removeSocketFile(address);
  }

  private signaled(name: string): void {
    this.log("warning", `Received ${name}, shutting down`);
    // The second one is from somebody who does not want to wait.
    if (this.shutdownPhase === "waiting") this.loop.stop();
    this.shutdown();
  }

  /** Ends the server when this turn is over. */
  shutdown(): void {
    if (this.shutdownPhase === "none") this.shutdownPhase = "requested";
  }

  /** No new connections and requests; whoever still has replies to take gets a moment for it. */
  private sayFarewell(): void {
    this.shutdownPhase = "waiting";
    for (const listenfd of [...this.listeners.keys()]) this.unlisten(listenfd);
    for (const client of this.clients) client.finish();
    this.loop.after(FAREWELL_MS, () => this.loop.stop());
  }

  private close(): void {
    for (const client of this.clients) client.close();
    this.releaseClosed();
    for (const listenfd of [...this.listeners.keys()]) this.unlisten(listenfd);
    this.loop.close();
    this.log("warning", "Bye");
  }
}

function isSameAddress(address: Address, wanted: ListenAddress): boolean {
  return formatAddress(address) === formatAddress(wanted.address);
}

/** This machine has no such address, or no such family at all. */
function isMissingAddress(error: unknown): boolean {
  return (
    error instanceof SyscallError &&
    ["EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT"].includes(error.code)
  );
}
