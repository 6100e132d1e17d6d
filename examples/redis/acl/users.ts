/**
 * The users there are. `default` is who every connection is before it tells another name, and what
 * `requirepass` is about.
 */

import type { CommandTable } from "../command.ts";
import type { Settings } from "../config.ts";
import type { Session } from "../session.ts";
import { AclLog } from "./log.ts";
import { User } from "./user.ts";

export class Users {
  readonly table: CommandTable;
  readonly log = new AclLog();
  /** How many requests were denied, by the reason. */
  readonly denied = { auth: 0, command: 0, key: 0, channel: 0 };
  /** The same object for ever; only its rights change. */
  readonly default: User;
  private readonly settings: Settings;
  private readonly users = new Map<string, User>();

  constructor(table: CommandTable, settings: Settings) {
    this.table = table;
    this.settings = settings;
    this.default = this.unlisted("default");
    this.default.become(this.freshDefault());
    this.users.set("default", this.default);
    this.setDefaultPassword(settings.requirepass);
  }

  /** A user that may do everything and needs no password. */
  private freshDefault(): User {
    const user = this.unlisted("default");
    for (const rule of ["on", "nopass", "+@all", "~*", "&*"]) this.apply(user, [rule]);
    return user;
  }

  /** A user that may do nothing, and that nobody can be yet. */
  unlisted(name: string): User {
    return new User(name, this.table, this.settings["acl-pubsub-default"]);
  }

  /** Applies rules in turn; throws the RuleError of the first that can't be. */
  apply(user: User, rules: readonly string[]): void {
    for (const rule of rules) user.apply(rule, this.settings["acl-pubsub-default"]);
  }

  setDefaultPassword(password: string): void {
    this.default.setPasswordless(password === "");
    if (password !== "") this.apply(this.default, [`>${password}`]);
  }

  /** Whether a connection has to tell a password before anything else. */
  get requirePassword(): boolean {
    return !this.default.needsNoPassword || !this.default.isEnabled;
  }

  /** Makes a connection the default user's, as it is when it begins. */
  welcome(session: Session): void {
    session.user = this.default;
    session.authenticated = !this.requirePassword;
  }

  get(name: string): User | undefined {
    return this.users.get(name);
  }

  /** Makes the user of that name what `user` is. */
  set(user: User): void {
    const known = this.users.get(user.name);
    if (known === undefined) this.users.set(user.name, user);
    else known.become(user);
  }

  delete(name: string): User | undefined {
    const user = this.users.get(name);
    this.users.delete(name);
    return user;
  }

  /** By name, which is the order of all lists of them. */
  sorted(): User[] {
    return [...this.users.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The lines of an aclfile. */
  describe(): string[] {
    return this.sorted().map((user) => `user ${user.name} ${user.describe()}`);
  }

  /**
   * Puts the users of a file in the place of those that are here; returns who is no more. The
   * default user stays the same object.
   */
  replaceAll(users: ReadonlyMap<string, User>): User[] {
    const removed = [...this.users.values()].filter((user) => user !== this.default);
    this.default.become(users.get("default") ?? this.freshDefault());
    this.users.clear();
    for (const [name, user] of users) this.users.set(name, user);
    this.users.set("default", this.default);
    return removed;
  }
}
