/**
 * Plays a history on our core and on the referee, and finds the first reply that differs; at the
 * end also what the keys have become: their digest, their encodings, how long they live.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { type TestCore, testCore } from "../../helpers/core-session.ts";
import { countReplies, type RefereeSession } from "../../helpers/referee.ts";
import { areSame } from "./exceptions.ts";
import type { Words } from "./grammar.ts";
import { type History, LIMITS } from "./history.ts";
import { partsOf } from "./resp.ts";

/** The first reply in which the two are not the same. */
export interface Difference {
  readonly words: Words;
  readonly ours: string;
  readonly theirs: string;
}

/** How long a history may take; a command that waits does so for a millisecond. */
const PATIENCE_MS = 10_000;
/** How often a difference has to come to be one. */
const PLAYS = 3;
/** Where the keys of a history may be. */
const DATABASES = ["0", "1", "15"];
/** Behind each history, so that a reply too few or too many is noticed. */
const MARKER = ["echo", "this history is over"];

export class Match {
  readonly referee: RefereeSession;
  commands = 0;
  histories = 0;
  private readonly core: TestCore = testCore({ "enable-debug-command": "yes" });
  /** Commands that wait for EXEC. */
  private queued: Words[] | undefined;
  private current: Words = [];

  constructor(referee: RefereeSession) {
    this.referee = referee;
  }

  /**
   * The first difference, in each of some plays: which of two servers thinks first that a
   * millisecond is over is chance. An Error when one of them does not answer at all.
   */
  async play(history: History): Promise<Difference | undefined> {
    let difference: Difference | undefined;
    for (let plays = 0; plays < PLAYS; plays++) {
      difference = await this.playOnce(history);
      if (difference === undefined) break;
    }
    return difference;
  }

  private async playOnce(history: History): Promise<Difference | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const tell = () => reject(new Error(`no answer to ${JSON.stringify(this.current)}`));
      timer = setTimeout(tell, PATIENCE_MS);
    });
    try {
      return await Promise.race([this.playOn(history), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async playOn(history: History): Promise<Difference | undefined> {
    this.histories++;
    this.queued = undefined;
    await this.prepare(history);
    const difference = (await this.compare(history.steps.flat())) ?? (await this.compareKeys());
    return difference ?? (await this.exchangeKeys());
  }

  private async prepare({ limits, protocol }: History): Promise<void> {
    const requests = [
      ["reset"],
      ["debug", "set-active-expire", "0"],
      // The referee looks for clients that have waited long enough so many times a second.
      ["config", "set", "maxmemory-policy", "noeviction", "hz", "500"],
      LIMITS[limits],
      ["hello", protocol],
    ];
    // One by one: a new slab for each history would keep the garbage collector busy.
    for (const db of DATABASES) {
      this.core.send(["select", db]);
      for (const key of this.keys()) this.core.send(["del", key]);
    }
    for (const words of requests) this.core.send(words);
    await this.referee.sendAll([["flushall"], ...requests]);
  }

  /** Plays `commands`; afterwards neither subscriptions nor a transaction are left. */
  private async compare(commands: readonly Words[]): Promise<Difference | undefined> {
    const sequence = [...commands, ["reset"], MARKER];
    this.referee.postAll(sequence);
    let difference: Difference | undefined;
    let isOver = false;
    for (const words of sequence) {
      this.current = words;
      const ours = await this.ours(words);
      let theirs = "";
      for (let left = countReplies(ours); left > 0 && !isOver; left--) {
        const reply = await this.referee.read();
        isOver = reply.includes(MARKER[1] as string);
        theirs += reply;
      }
      if (!this.areSame(ours, theirs, words)) difference ??= { words, ours, theirs };
      this.commands++;
    }
    while (!isOver) {
      isOver = (await this.referee.read()).includes(MARKER[1] as string);
    }
    return difference;
  }

  /** Gives each the other's dump of every key, and compares again. */
  private async exchangeKeys(): Promise<Difference | undefined> {
    for (const key of this.keys()) {
      const ours = content(this.core.send(["dump", key]));
      const theirs = content(await this.referee.send(["dump", key]));
      const words = ["restore", key, "0", theirs, "replace"];
      const reply = this.core.send(words);
      if (reply !== "+OK\r\n") return { words, ours: reply, theirs: "+OK\r\n" };
      const back = ["restore", key, "0", ours, "replace"];
      const answer = await this.referee.send(back);
      if (answer !== "+OK\r\n") return { words: back, ours: "+OK\r\n", theirs: answer };
    }
    return await this.compareKeys();
  }

  private keys(): string[] {
    return (partsOf(this.core.send(["keys", "*"]))[0]?.items ?? []).map(({ raw }) => content(raw));
  }

  /** The reply of our core, with what else it sent; a command that waits is waited for. */
  private async ours(words: Words): Promise<string> {
    const { send, session } = this.core;
    let reply = send(words);
    while (session.blocked !== undefined) await sleep(1);
    reply += session.take();
    return reply;
  }

  /** As `areSame`; the replies in that to EXEC are those of the commands that were queued. */
  private areSame(ours: string, theirs: string, words: Words): boolean {
    const name = words[0]?.toLowerCase();
    const { queued } = this;
    if (name === "exec") {
      this.queued = undefined;
      return ours === theirs || areSameTogether(ours, theirs, queued ?? []);
    }
    if (name === "multi") this.queued ??= [];
    else if (name === "discard" || name === "reset") this.queued = undefined;
    else if (theirs === "+QUEUED\r\n") queued?.push(words);
    return areSame(ours, theirs, words);
  }

  private async compareKeys(): Promise<Difference | undefined> {
    const commands: Words[] = [];
    for (const db of DATABASES) {
      // SCAN also removes what has expired; the digest of Redis has it still.
      commands.push(["select", db], ["scan", "0", "count", "1000000"]);
      this.core.send(["select", db]);
      for (const key of this.keys()) {
        commands.push(["type", key], ["object", "encoding", key], ["pttl", key]);
      }
    }
    this.core.send(["select", "0"]);
    commands.push(["debug", "digest"]);
    return await this.compare(commands);
  }
}

/** What a bulk string holds. */
function content(bulk: string): string {
  return bulk.slice(bulk.indexOf("\n") + 1, -2);
}

function areSameTogether(ours: string, theirs: string, queued: readonly Words[]): boolean {
  const left = partsOf(ours)[0]?.items ?? [];
  const right = partsOf(theirs)[0]?.items ?? [];
  if (left.length !== right.length || left.length !== queued.length) return false;
  return queued.every((words, i) => areSame(left[i]?.raw ?? "", right[i]?.raw ?? "", words));
}
