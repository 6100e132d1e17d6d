/**
 * What a command may know and change of the client that sent it. There is no fd here: whoever moves
 * the bytes (client.ts over the toolkit, bench/ over Node's `net`) extends this class.
 */

import type { User } from "./acl/user.ts";
import type { Waiter } from "./blocking.ts";
import type { Keyspace } from "./keyspace/keyspace.ts";
import type { Protocol } from "./reply.ts";
import type { CutRequest } from "./request.ts";
import { NO_SUBSCRIPTIONS } from "./subscriptions.ts";
import type { OwnTracking } from "./tracking.ts";
import type { Transaction } from "./transaction.ts";

export type ReplyMode = "on" | "off" | "skip-next" | "skip";

export abstract class Session {
  readonly id: number;
  db: Keyspace;
  dbIndex = 0;
  protocol: Protocol = 2;
  authenticated = false;
  /** Set by the core, before the first request. */
  user = undefined as unknown as User;
  name = "";
  libName = "";
  libVersion = "";
  replyMode: ReplyMode = "on";
  noEvict = false;
  noTouch = false;
  monitor = false;
  /** Between MULTI and EXEC. */
  transaction: Transaction | undefined = undefined;
  /** The channels and patterns it listens to. */
  subscriptions = NO_SUBSCRIPTIONS;
  /** What it waits for, if it does. */
  blocked: Waiter | undefined = undefined;
  /** How it is told of changes to what it has read, if it is. */
  tracking: OwnTracking | undefined = undefined;
  /** A key it watches has changed. */
  watchBroken = false;
  /** The reply that is being written is the last one. */
  closeAfterReply = false;
  /** Nothing more is read from or written to this client. */
  closed = false;
  /** A request whose end has not arrived. */
  cut: CutRequest | null = null;
  lastCommand = "NULL";
  readonly createdAt: number;
  lastInteraction: number;

  constructor(id: number, db: Keyspace, now: number) {
    this.id = id;
    this.db = db;
    this.createdAt = now;
    this.lastInteraction = now;
  }

  /** `ip:port` or `path:0` of the client's end. */
  abstract readonly address: string;
  /** The same of the server's end. */
  abstract readonly localAddress: string;
  /** What `CLIENT LIST` shows as `fd`; a number to print, nothing to call. */
  abstract readonly fdNumber: number;
  abstract readonly queryBufferLength: number;
  abstract readonly queryBufferCapacity: number;
  /** Reply bytes that the peer has not taken yet. */
  abstract readonly pendingOutput: number;

  /**
   * Queues `bytes[start, end)`, which answer no request of this client: MONITOR lines, published
   * messages. Others may be sent the same ones, so nobody changes them any more.
   */
  abstract push(bytes: Buffer, start: number, end: number): void;
  /** Offers the unused bytes to the core again, from the next turn of the loop on. */
  abstract resumeLater(): void;
  /** Ends the connection at the end of the turn; what was not sent is dropped. */
  abstract close(): void;
}
