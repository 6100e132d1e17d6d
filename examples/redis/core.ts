/**
 * The server without its sockets: bytes of a client in, reply bytes out. It runs over the toolkit
 * (server.ts), over Node's `net` (bench/), and over nothing at all in tests.
 *
 * `feed` is the whole hot path: parse, look up, check, run, until the bytes are used up.
 */

import { denialText, incidentOf, lateDenialText, recordIncident } from "./acl/denial.ts";
import { loadUsersAtStart } from "./acl/file.ts";
import type { Denial } from "./acl/request.ts";
import { Users } from "./acl/users.ts";
import type { Args } from "./args.ts";
import { Blocking } from "./blocking.ts";
import type { Call } from "./call.ts";
import { Clock } from "./clock.ts";
import type { Command, CommandTable } from "./command.ts";
import type { Settings } from "./config.ts";
import { DB_OUT_OF_RANGE, ReplyError } from "./errors.ts";
import { Eviction } from "./eviction.ts";
import { expireFields } from "./field-expiry.ts";
import { giveBackSome } from "./give-back.ts";
import type { Host } from "./host.ts";
import { Identity } from "./identity.ts";
import { AccessClock } from "./keyspace/access.ts";
import { Keyspace } from "./keyspace/keyspace.ts";
import { KeyspaceEvents } from "./keyspace-events.ts";
import { LatencyMonitor } from "./latency.ts";
import { notePeak } from "./memory.ts";
import { formatMonitorLine } from "./monitor.ts";
import { Reply } from "./reply.ts";
import { INCOMPLETE, MALFORMED, RequestParser } from "./request.ts";
import type { Session } from "./session.ts";
import { Slowlog } from "./slowlog.ts";
import { Stats } from "./stats.ts";
import { isSubscriber, Subscriptions } from "./subscriptions.ts";
import { isWorthTiming, LARGE } from "./timing.ts";
import { Tracking } from "./tracking.ts";
import { type QueuedRequest, Transaction } from "./transaction.ts";
import { WatchedKeys } from "./watch.ts";

/** `feed` pauses here so that the transport can send, and notice a client that does not read. */
const REPLY_SLICE = 1024 * 1024;
/** How much of a request the error for an unknown command repeats. */
const ECHOED = 128;
const NOT_SERVING = -1;
const QUEUED = Buffer.from("+QUEUED\r\n");

export class Core {
  readonly settings: Settings;
  readonly table: CommandTable;
  readonly host: Host;
  readonly stats = new Stats();
  readonly slowlog = new Slowlog();
  readonly latency = new LatencyMonitor();
  readonly identity = new Identity();
  /** Milliseconds since the epoch, read once per turn. */
  readonly clock = new Clock();
  readonly databases: Keyspace[] = [];
  readonly sessions = new Map<number, Session>();
  readonly monitors = new Set<Session>();
  readonly watchedKeys = new WatchedKeys();
  readonly subscriptions = new Subscriptions();
  readonly blocking = new Blocking(this);
  readonly users: Users;
  readonly events = new KeyspaceEvents(this);
  readonly tracking = new Tracking(this);
  readonly reply = new Reply();
  /** While EXEC runs what was queued: nothing there waits. */
  isInTransaction = false;

  /** Until when CLIENT PAUSE holds commands back, and which. */
  pausedUntil = 0;
  pauseScope: "all" | "write" = "all";
  /** Off: keys whose time has come stay until somebody asks for them (DEBUG SET-ACTIVE-EXPIRE). */
  activeExpire = true;
  /** Where the reply to the request being served begins, behind what was pushed before it. */
  private replyBegan = NOT_SERVING;
  /** Whose bytes are being read. */
  private fed: Session | undefined = undefined;
  /** What is to be pushed to the client being served, behind its reply. */
  private deferred: Buffer[] = [];
  private readonly held = new Set<Session>();

  private readonly parser = new RequestParser();
  private readonly call: Call;
  private lastSessionId = 0;
  private readonly access = new AccessClock(this.clock);
  private readonly eviction = new Eviction(this);
  // Settings at hand.
  private slowThreshold = 0;
  private limitsMemory = false;
  private latencyThreshold = 0;
  private keepsTimes = true;

  constructor(settings: Settings, table: CommandTable, host: Host) {
    this.settings = settings;
    this.table = table;
    this.host = host;
    this.users = new Users(table, settings);
    loadUsersAtStart(this.users, settings);
    for (let i = 0; i < settings.databases; i++) {
      this.databases.push(new Keyspace(this.clock, this.access));
    }
    this.readSettings();
    this.reply.onError = (text) => this.stats.countError(text);
    this.call = {
      core: this,
      reply: this.reply,
      args: this.parser.args,
      db: this.database(0),
      // Filled in before the first command runs.
      session: undefined as unknown as Session,
      command: undefined as unknown as Command,
    };
  }

  nextSessionId(): number {
    return ++this.lastSessionId;
  }

  database(index: number): Keyspace {
    const db = this.databases[index];
    if (db === undefined) throw DB_OUT_OF_RANGE;
    return db;
  }

  connected(session: Session): void {
    this.users.welcome(session);
    this.sessions.set(session.id, session);
    this.stats.connectionsReceived++;
  }

  disconnected(session: Session): void {
    this.endTransaction(session);
    this.blocking.release(session);
    this.tracking.disable(session);
    this.subscriptions.unsubscribeAll(session);
    this.sessions.delete(session.id);
    this.monitors.delete(session);
    this.held.delete(session);
  }

  /**
   * Runs the complete requests in `buffer[start, end)`, replies into `reply`, and returns where the
   * first byte that is not used up stands. The rest is to be offered again, with more bytes behind
   * it or, when `reply` has grown large or has a value that is not copied, after it was sent.
   */
  feed(session: Session, buffer: Buffer, start: number, end: number): number {
    this.beginBatch(session);
    this.fed = session;
    const used = this.runRequests(session, buffer, start, end);
    if (this.tracking.hasChanges) this.tracking.broadcast();
    if (this.deferred.length > 0) this.sendDeferred();
    this.fed = undefined;
    return used;
  }

  private runRequests(session: Session, buffer: Buffer, start: number, end: number): number {
    const { parser, reply } = this;
    let at = start;
    while (at < end && reply.length < REPLY_SLICE) {
      if (reply.value !== undefined || session.blocked !== undefined) return at;
      parser.limits.authenticated = session.authenticated || !this.users.requirePassword;
      const result = parser.parse(buffer, at, end, session.cut);
      session.cut = parser.cut;
      if (result === INCOMPLETE) return at;
      if (result === MALFORMED) {
        this.protocolError(session, parser.error);
        return end;
      }
      if (parser.args.count > 0 && !this.execute(session, parser.args)) return at;
      if (session.closeAfterReply || session.closed) return end;
      at = parser.next;
    }
    return at;
  }

  private beginBatch(session: Session): void {
    if (!this.clock.isFresh) this.clock.read();
    session.lastInteraction = this.clock.now;
    this.reply.clear();
    this.reply.protocol = session.protocol;
  }

  /**
   * A setting is found by its name among two hundred: not for every request, but after every
   * command that may be a CONFIG SET.
   */
  private readSettings(): void {
    const { access, settings } = this;
    this.parser.limits.maxBulkLength = settings["proto-max-bulk-len"];
    this.slowThreshold = settings["slowlog-log-slower-than"];
    this.latencyThreshold = settings["latency-monitor-threshold"];
    this.keepsTimes = settings["latency-tracking"];
    this.limitsMemory = Number(settings.maxmemory) > 0;
    this.events.configure(settings["notify-keyspace-events"]);
    access.countsFrequency = settings["maxmemory-policy"].endsWith("-lfu");
    access.logFactor = settings["lfu-log-factor"];
    access.decayTime = settings["lfu-decay-time"];
  }

  private protocolError(session: Session, error: string): void {
    const began = this.reply.length;
    this.reply.error(`ERR Protocol error: ${error}`);
    if (session.replyMode !== "on") settleReplyMode(session, this.reply, began);
    session.closeAfterReply = true;
  }

  /** Runs one request; false when it has to wait for the end of CLIENT PAUSE. */
  private execute(session: Session, args: Args): boolean {
    const { call, reply } = this;
    const began = reply.length;
    call.session = session;
    call.args = args;
    call.db = session.db;
    const command = this.resolve(session, args);
    if (command !== undefined) {
      if (this.pausedUntil !== 0 && this.isHeldBack(session, command)) return false;
      call.command = command;
      if (session.transaction !== undefined && Transaction.mayQueue(command)) {
        session.transaction.add(command, args);
        reply.raw(QUEUED);
        if (session.replyMode !== "on") settleReplyMode(session, reply, began);
        return true;
      }
      this.replyBegan = began;
      this.run(command, began);
      if (session.tracking !== undefined) this.tracking.settleCaching(session, call.command);
      if (this.blocking.hasReady) this.blocking.serveReady();
    } else if (session.transaction !== undefined) {
      session.transaction.hasFailed = true;
    }
    this.stats.commandsProcessed++;
    if (session.replyMode !== "on" && session.blocked === undefined) {
      settleReplyMode(session, reply, began);
    }
    if (this.monitors.size > 0 && command !== undefined) this.feedMonitors(call);
    if (this.deferred.length > 0) this.sendDeferred();
    this.replyBegan = NOT_SERVING;
    return true;
  }

  /** Runs a request of a transaction, from within EXEC. */
  runQueued({ command, args }: QueuedRequest): void {
    const { call, reply } = this;
    const { args: outerArgs, command: outerCommand } = call;
    call.args = args;
    call.command = command;
    call.db = call.session.db;
    reply.settle();
    const denial = call.session.user.denies(command, args);
    this.isInTransaction = true;
    if (denial === undefined) this.run(command, reply.length);
    else this.refuseQueued(denial);
    this.isInTransaction = false;
    this.stats.commandsProcessed++;
    if (this.monitors.size > 0) this.feedMonitors(call);
    call.args = outerArgs;
    call.command = outerCommand;
  }

  /**
   * Goes on with a request of a client whose turn it is not: runs `handler`, and sends what it
   * replies. False when the request is not done, for `handler` said so and wrote nothing.
   */
  runApart(
    session: Session,
    command: Command,
    args: Args,
    handler: (call: Call) => boolean,
  ): boolean {
    const { call, reply } = this;
    const outer = { session: call.session, args: call.args, command: call.command, db: call.db };
    const { protocol } = reply;
    const { replyBegan } = this;
    this.replyBegan = NOT_SERVING;
    reply.settle();
    const began = reply.length;
    Object.assign(call, { session, command, args, db: session.db });
    reply.protocol = session.protocol;
    const errorsBefore = this.stats.errorReplies;
    const isDone = this.guard(handler, began) ?? true;
    if (this.stats.errorReplies > errorsBefore) command.failed++;
    if (isDone && session.replyMode !== "on") settleReplyMode(session, reply, began);
    reply.settle();
    const bytes = Buffer.from(reply.buffer.subarray(began, reply.length));
    reply.truncate(began);
    reply.protocol = protocol;
    this.replyBegan = replyBegan;
    Object.assign(call, outer);
    if (isDone && bytes.length > 0) session.push(bytes, 0, bytes.length);
    return isDone;
  }

  /** The rights of the user have changed since a request was queued. */
  private refuseQueued(denial: Denial): void {
    const { args, command, session } = this.call;
    const incident = incidentOf(session, denial, command, args);
    recordIncident(this, session, { ...incident, context: "multi" });
    this.reply.error(lateDenialText(denial));
  }

  /** What EXEC, DISCARD, RESET and the end of a connection have in common. */
  endTransaction(session: Session): void {
    session.transaction = undefined;
    this.watchedKeys.unwatch(session);
  }

  private run(command: Command, began: number): void {
    const { call, clock, reply, stats } = this;
    const errorsBefore = stats.errorReplies;
    const isTimed = isWorthTiming(command, call.args, this.slowThreshold);
    const start = isTimed ? clock.tick() : clock.reading;
    this.guard(command.handler, began);
    if (call.session.tracking !== undefined) this.tracking.remember(call);
    if (!command.isBrief) this.readSettings();
    // `call.command` is the subcommand when there was one.
    const { command: counted } = call;
    counted.calls++;
    if (isTimed || reply.length - began > LARGE) this.account(counted, start);
    // Not `!==`: CONFIG RESETSTAT makes it smaller.
    if (stats.errorReplies > errorsBefore) counted.failed++;
  }

  /** What `handler` answers, or undefined: it threw, and the reply from `began` on says what. */
  private guard<T>(handler: (call: Call) => T, began: number): T | undefined {
    const { reply } = this;
    try {
      return handler(this.call);
    } catch (error) {
      reply.truncate(began);
      if (error instanceof ReplyError) reply.error(error.message);
      else this.internalError(error);
      return undefined;
    }
  }

  private account(command: Command, start: number): void {
    const microseconds = this.clock.since(start);
    if (this.keepsTimes) command.keepTimes();
    command.addTime(microseconds);
    this.watchLatency(command.flags.has("fast") ? "fast-command" : "command", microseconds / 1000);
    if (this.slowThreshold >= 0 && microseconds >= this.slowThreshold) {
      this.slowlog.record(this.call, microseconds);
    }
  }

  private watchLatency(event: string, milliseconds: number): void {
    const { latency, latencyThreshold, clock } = this;
    if (latencyThreshold === 0 || milliseconds < latencyThreshold) return;
    latency.record(event, milliseconds, clock.now);
  }

  /** A fault of ours, not of the client: it learns that much, the log gets the stack. */
  private internalError(error: unknown): void {
    this.reply.error("ERR internal error");
    this.host.log("warning", error instanceof Error ? `${error.stack}` : String(error));
  }

  /** The command that `args` asks for, after all the checks that are the same for every command. */
  private resolve(session: Session, args: Args): Command | undefined {
    const command = this.table.find(args);
    if (command === undefined) {
      if (isWebRequest(args)) this.rejectWebRequest(session);
      else this.reply.error(unknownCommand(args));
      return undefined;
    }
    const target =
      command.subcommands.size > 0 && args.count > 1
        ? command.subcommands.get(args.prefix(1, ECHOED).toLowerCase())
        : command;
    if (target === undefined) {
      const help = command.name.toUpperCase();
      this.reply.error(`ERR unknown subcommand '${args.printed(1, ECHOED)}'. Try ${help} HELP.`);
      return undefined;
    }
    return this.permit(session, args, target) ? target : undefined;
  }

  /** A page in somebody's browser was made to talk to us: its lines must not become commands. */
  private rejectWebRequest(session: Session): void {
    this.host.log(
      "warning",
      `Possible SECURITY ATTACK: ${session.address} sent an HTTP request. Connection closed.`,
    );
    session.close();
  }

  private permit(session: Session, args: Args, command: Command): boolean {
    if (!command.acceptsCount(args.count)) {
      this.reject(session, command, `ERR wrong number of arguments for '${command.name}' command`);
    } else if (!session.authenticated && !command.noAuth && this.users.requirePassword) {
      this.reject(session, command, "NOAUTH Authentication required.");
    } else if (session.transaction !== undefined && command.flags.has("no_multi")) {
      this.reject(session, command, "ERR Command not allowed inside a transaction");
    } else if (!session.user.isUnrestricted && session.user.denies(command, args)) {
      this.rejectDenied(session, args, command);
    } else if (this.limitsMemory && !this.hasRoomFor(session, command)) {
      this.reject(session, command, "OOM command not allowed when used memory > 'maxmemory'.");
    } else if (isConfined(session) && !FOR_SUBSCRIBERS.has(command.name)) {
      this.reject(session, command, `ERR Can't execute '${command.name}': ${CONFINED}`);
    } else {
      session.lastCommand = command.name;
      return true;
    }
    command.rejected++;
    return false;
  }

  private rejectDenied(session: Session, args: Args, command: Command): void {
    const denial = session.user.denies(command, args) as Denial;
    session.lastCommand = command.name;
    recordIncident(this, session, incidentOf(session, denial, command, args));
    this.reject(session, command, `NOPERM ${denialText(denial, command)}`);
  }

  /** Evicts what it takes; false for a command that needs memory when there is none to be had. */
  private hasRoomFor({ transaction }: Session, command: Command): boolean {
    if (this.eviction.makeRoom()) return true;
    if (transaction === undefined) return !command.flags.has("denyoom");
    // What is queued takes memory, too; to end a transaction is always allowed.
    if (command.name === "exec") return !transaction.needsMemory;
    return !Transaction.mayQueue(command);
  }

  /** A transaction whose EXEC is refused has ended, too. */
  private reject(session: Session, command: Command, error: string): void {
    if (command.name === "exec") {
      this.endTransaction(session);
      const reason = error.startsWith("ERR ") ? error.slice(4) : error;
      this.reply.error(`EXECABORT Transaction discarded because of: ${reason}`);
    } else {
      this.reply.error(error);
    }
  }

  private isHeldBack(session: Session, command: Command): boolean {
    if (this.pausedUntil <= this.clock.now) {
      this.resumeHeld();
      return false;
    }
    const writes = command.flags.has("write") || session.transaction?.writes;
    if (this.pauseScope === "write" && !writes) return false;
    this.held.add(session);
    return true;
  }

  /** Ends CLIENT PAUSE: whoever waited goes on with the request that was held back. */
  resumeHeld(): void {
    this.pausedUntil = 0;
    const held = [...this.held];
    this.held.clear();
    for (const session of held) session.resumeLater();
  }

  /**
   * Bytes that answer nothing: in order among the replies when `session` is the one being served.
   */
  push(session: Session, bytes: Buffer, start = 0, end = bytes.length): void {
    const { reply } = this;
    if (session !== this.call.session || this.replyBegan === NOT_SERVING) {
      session.push(bytes, start, end);
    } else if (reply.length === this.replyBegan) {
      reply.raw(bytes.subarray(start, end));
      this.replyBegan = reply.length;
    } else {
      // A part of its reply is written: what is pushed must not come in between.
      this.deferred.push(bytes.subarray(start, end));
    }
  }

  /** As `push`, but never before the reply that is being written. */
  pushBehind(session: Session, bytes: Buffer): void {
    if (session === this.fed) this.deferred.push(bytes);
    else session.push(bytes, 0, bytes.length);
  }

  /** Whose request is being served, if any is. */
  get current(): Session | undefined {
    return this.fed === undefined ? undefined : this.call.session;
  }

  private sendDeferred(): void {
    this.reply.settle();
    for (const bytes of this.deferred) this.reply.raw(bytes);
    this.deferred = [];
  }

  private feedMonitors(call: Call): void {
    const { flags } = call.command;
    if (flags.has("skip_monitor") || flags.has("admin")) return;
    const line = formatMonitorLine(call);
    for (const monitor of this.monitors) if (!monitor.closed) this.push(monitor, line);
  }

  /** The work of every 1000/hz ms, bounded in time; true when more keys have expired than that. */
  cron(): boolean {
    this.clock.synchronize();
    this.clock.read();
    if (this.pausedUntil !== 0 && this.pausedUntil <= this.clock.now) this.resumeHeld();
    this.stats.sample(this.clock.now);
    this.readSettings();
    notePeak(this);
    return this.expireMore();
  }

  /** Goes on with what takes many turns: expired keys, unused memory; whether more is left. */
  expireMore(): boolean {
    this.clock.read();
    const isUnfinished = this.expireCycle() || giveBackSome();
    if (this.tracking.hasChanges) this.tracking.broadcast();
    if (this.blocking.hasReady) this.blocking.serveReady();
    return isUnfinished;
  }

  /**
   * Removes expired keys nobody asks for: while more than a quarter of a sample was expired, there
   * are likely more, so the next sample is taken at once, up to a time limit per turn. Returns
   * whether the limit was reached.
   */
  private expireCycle(): boolean {
    if (!this.activeExpire) return false;
    const began = performance.now();
    const hasTime = this.expireUntil(began + EXPIRE_BUDGET);
    this.watchLatency("expire-cycle", performance.now() - began);
    return !hasTime;
  }

  /** False when `deadline` came first. */
  private expireUntil(deadline: number): boolean {
    for (const db of this.databases) {
      while (db.expireSome(EXPIRE_SAMPLE) > EXPIRE_SAMPLE / 4) {
        if (performance.now() >= deadline) return false;
      }
      if (db.expiring.size > 0 && !expireFields(this, db, deadline)) return false;
    }
    return true;
  }
}

const CONFINED =
  "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
const FOR_SUBSCRIBERS = new Set(
  ["", "p", "s"].flatMap((kind) => [`${kind}subscribe`, `${kind}unsubscribe`]),
)
  .add("ping")
  .add("quit")
  .add("reset");

/** In RESP2 nothing tells a message from a reply: who listens may ask for little else. */
function isConfined(session: Session): boolean {
  return session.protocol === 2 && isSubscriber(session);
}

/** Milliseconds one expiry cycle may take: nobody waits longer for it. */
const EXPIRE_BUDGET = 5;
const EXPIRE_SAMPLE = 20;

function isWebRequest(args: Args): boolean {
  return args.is(0, "post") || args.is(0, "host:");
}

function unknownCommand(args: Args): string {
  let rest = "";
  for (let i = 1; i < args.count && rest.length < ECHOED; i++) {
    rest += `'${args.printed(i, ECHOED - rest.length)}' `;
  }
  return `ERR unknown command '${args.printed(0, ECHOED)}', with args beginning with: ${rest}`;
}

/** CLIENT REPLY: OFF drops every reply, SKIP that of itself and of the next command. */
function settleReplyMode(session: Session, reply: Reply, began: number): void {
  reply.truncate(began);
  if (session.replyMode === "skip-next") session.replyMode = "skip";
  else if (session.replyMode === "skip") session.replyMode = "on";
}
