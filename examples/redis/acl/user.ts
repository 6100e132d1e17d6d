/**
 * A user: passwords, whether it is on, and what it may do. Rules change it, one word each, and the
 * words it is described with are rules again.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Command, CommandTable } from "../command.ts";
import { splitInline } from "../inline.ts";
import { describeSelector } from "./describe.ts";
import { type Denial, Request, type Words } from "./request.ts";
import { BAD_HASH, NO_SUCH_PASSWORD, SYNTAX } from "./rule-error.ts";
import { Selector } from "./selector.ts";

/** What `reset` gives a user, as `acl-pubsub-default` says. */
export type ChannelDefault = "allchannels" | "resetchannels";

export class User {
  readonly name: string;
  private readonly table: CommandTable;
  isEnabled = false;
  needsNoPassword = false;
  /** Whether what it RESTOREs is looked through first; only told, and only when a rule said it. */
  private sanitizing: "" | "sanitize-payload" | "skip-sanitize-payload" = "";
  /** SHA-256 digests in hex. */
  passwords: string[] = [];
  /** The first one is the user's own, those behind it were in parentheses. */
  selectors: Selector[];
  /** May do everything: the one thing that has to be looked at for most requests. */
  isUnrestricted = false;

  constructor(name: string, table: CommandTable, channels: ChannelDefault) {
    this.name = name;
    this.table = table;
    const own = new Selector(table);
    own.setAllChannels(channels === "allchannels");
    this.selectors = [own];
  }

  /** Becomes what `other` is. */
  become(other: User): void {
    this.isEnabled = other.isEnabled;
    this.needsNoPassword = other.needsNoPassword;
    this.sanitizing = other.sanitizing;
    this.passwords = [...other.passwords];
    this.selectors = other.selectors.map((selector) => selector.copy());
    this.isUnrestricted = this.selectors.some((selector) => selector.isUnrestricted);
  }

  private get own(): Selector {
    return this.selectors[0] as Selector;
  }

  /** Applies one rule; throws a RuleError and changes nothing then. */
  apply(rule: string, channels: ChannelDefault): void {
    const change = CHANGES.get(rule.toLowerCase());
    if (change !== undefined) change(this);
    else if (rule.toLowerCase() === "reset") this.reset(channels);
    else if (/^[>#]/.test(rule)) this.addPassword(passwordOf(rule));
    else if (/^[<!]/.test(rule)) this.removePassword(passwordOf(rule));
    else if (/^\(.*\)$/s.test(rule)) this.addSelector(rule.slice(1, -1), channels);
    else if (rule !== "") this.own.apply(rule);
    this.isUnrestricted = this.selectors.some((selector) => selector.isUnrestricted);
  }

  private addPassword(digest: string): void {
    if (!this.passwords.includes(digest)) this.passwords.push(digest);
    this.needsNoPassword = false;
  }

  private removePassword(digest: string): void {
    const index = this.passwords.indexOf(digest);
    if (index < 0) throw NO_SUCH_PASSWORD;
    this.passwords.splice(index, 1);
  }

  private addSelector(rules: string, channels: ChannelDefault): void {
    const selector = new Selector(this.table);
    selector.setAllChannels(channels === "allchannels");
    const words = splitInline(rules);
    if (words === undefined) throw SYNTAX;
    for (const rule of words) selector.apply(rule);
    this.selectors.push(selector);
  }

  private reset(channels: ChannelDefault): void {
    this.become(new User(this.name, this.table, channels));
    this.sanitizing = "sanitize-payload";
  }

  setPasswordless(isPasswordless: boolean): void {
    this.needsNoPassword = isPasswordless;
    this.passwords = [];
  }

  setSanitizing(rule: "sanitize-payload" | "skip-sanitize-payload"): void {
    this.sanitizing = rule;
  }

  clearSelectors(): void {
    this.selectors.length = 1;
  }

  /** Looks at all of its passwords, and at all of their characters, whichever is right. */
  accepts(password: string): boolean {
    if (!this.isEnabled) return false;
    if (this.needsNoPassword) return true;
    const digest = Buffer.from(hashPassword(password));
    let isRight = false;
    for (const one of this.passwords) {
      if (timingSafeEqual(digest, Buffer.from(one))) isRight = true;
    }
    return isRight;
  }

  /**
   * What stands in the way of a request, or undefined when a selector allows all of it. Of several
   * reasons the one that is told is the one that was found last in the request.
   */
  denies(command: Command, source: Words): Denial | undefined {
    if (this.isUnrestricted) return undefined;
    const request = new Request(command, source);
    let told: Denial = { reason: "command", index: 0 };
    for (const selector of this.selectors) {
      const denial = selector.denies(request);
      if (denial === undefined) return undefined;
      const order = RANKS[denial.reason] - RANKS[told.reason];
      if (order > 0 || (order === 0 && denial.index > told.index)) told = denial;
    }
    return told;
  }

  /** Whether it may run this on keys that no argument names. */
  readsAllKeys(command: Command, source: Words): boolean {
    if (this.isUnrestricted) return true;
    const request = new Request(command, source);
    return this.selectors.some((one) => one.readsAllKeys && one.denies(request) === undefined);
  }

  flags(): string[] {
    const flags = [this.isEnabled ? "on" : "off"];
    if (this.needsNoPassword) flags.push("nopass");
    if (this.sanitizing !== "") flags.push(this.sanitizing);
    return flags;
  }

  /** The rules that make it, without `user name` before them. */
  describe(): string {
    const [own, ...others] = this.selectors.map(describeSelector);
    const passwords = this.passwords.map((digest) => `#${digest}`);
    return [...this.flags(), ...passwords, own, ...others.map((rules) => `(${rules})`)].join(" ");
  }
}

const RANKS: Record<Denial["reason"], number> = { command: 1, key: 2, auth: 3, channel: 4 };

const CHANGES = new Map<string, (user: User) => void>([
  ["on", (user) => Object.assign(user, { isEnabled: true })],
  ["off", (user) => Object.assign(user, { isEnabled: false })],
  ["nopass", (user) => user.setPasswordless(true)],
  ["resetpass", (user) => user.setPasswordless(false)],
  ["sanitize-payload", (user) => user.setSanitizing("sanitize-payload")],
  ["skip-sanitize-payload", (user) => user.setSanitizing("skip-sanitize-payload")],
  ["clearselectors", (user) => user.clearSelectors()],
]);

/** The digest that `>password`, `<password`, `#digest` or `!digest` is about. */
function passwordOf(rule: string): string {
  const text = rule.slice(1);
  if (/^[<>]/.test(rule)) return hashPassword(text);
  if (!/^[0-9a-f]{64}$/.test(text)) throw BAD_HASH;
  return text;
}

function hashPassword(password: string): string {
  return createHash("sha256").update(password, "latin1").digest("hex");
}
