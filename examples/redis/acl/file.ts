/**
 * Users in files: an `aclfile` of their own, or `user` lines in redis.conf, never both.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#external-acl-files
 */

import { readFileSync } from "node:fs";
import { type Settings, UsageError, type UserLine } from "../config.ts";
import { replaceFile } from "../replace-file.ts";
import { DUPLICATE_USER, RuleError, UNKNOWN_NAME } from "./rule-error.ts";
import { mergeSelectors } from "./rules.ts";
import { hasSpaces } from "./selector.ts";
import type { User } from "./user.ts";
import type { Users } from "./users.ts";

const NOT_BOTH =
  "Configuring Redis with users defined in redis.conf and at the same setting an ACL file path " +
  "is invalid. This setup is very likely to lead to configuration errors and security holes, " +
  "please define either an ACL file or declare users directly in your redis.conf, but not both.";

/** The users a server begins with; throws a UsageError. */
export function loadUsersAtStart(users: Users, settings: Settings): void {
  if (settings.aclfile !== "" && settings.userLines.length > 0) throw new UsageError(NOT_BOTH);
  const names = new Set<string>();
  for (const line of settings.userLines) {
    const [name = ""] = line.words;
    if (names.has(name)) throw line.fail(`Error in user declaration '${name}': ${DUPLICATE_USER}`);
    names.add(name);
    loadConfiguredUser(users, line);
  }
  if (settings.aclfile === "") return;
  const errors = loadAclFile(users, settings.aclfile).errors;
  if (errors !== "") throw new UsageError(`Aborting startup because of ACL errors: ${errors}`);
}

function loadConfiguredUser(users: Users, { words, fail }: UserLine): void {
  const [name = "", ...given] = words;
  const refuse = (what: string, why: string) => {
    return fail(`Error in user declaration '${what}': ${why}`);
  };
  if (hasSpaces(name)) throw refuse(name, "Usernames can't contain spaces or null characters");
  const { rules, unmatched } = mergeSelectors(given);
  if (unmatched !== undefined) throw refuse(given[unmatched] as string, "Unmatched parenthesis");
  const user = users.unlisted(name);
  const known = users.get(name);
  if (known !== undefined) user.become(known);
  for (const rule of rules) {
    try {
      users.apply(user, [rule]);
    } catch (error) {
      if (error instanceof RuleError) throw refuse(rule, error.message);
      throw error;
    }
  }
  users.set(user);
}

interface Loaded {
  /** Everything that is wrong with the file, or "": then its users are in force. */
  readonly errors: string;
  /** Users that are no more, whatever became of their names. */
  readonly removed: readonly User[];
}

const NO_CHANGE =
  "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";

export function loadAclFile(users: Users, path: string): Loaded {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const reason = (error as Error).message;
    return { errors: `Error loading ACLs, opening file '${path}': ${reason}`, removed: [] };
  }
  const found = new Map<string, User>();
  const errors: string[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const problem = parseLine(users, found, line.trim(), `${path}:${i + 1}`);
    if (problem !== "") errors.push(problem);
  }
  if (errors.length > 0) return { errors: errors.join("") + NO_CHANGE, removed: [] };
  return { errors: "", removed: users.replaceAll(found) };
}

/** Adds the user of a line to `found`; returns what is wrong with the line, or "". */
function parseLine(users: Users, found: Map<string, User>, line: string, place: string): string {
  if (line === "") return "";
  const [keyword, name, ...words] = line.split(" ");
  if (keyword !== "user" || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasSpaces(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (found.has(name)) return `WARNING: Duplicate user '${name}' found on line ${lineOf(place)}. `;
  const { rules, unmatched } = mergeSelectors(words);
  if (unmatched !== undefined) return `${place}: Unmatched parenthesis in selector definition.`;
  const user = users.unlisted(name);
  found.set(name, user);
  return applyRules(users, user, rules, place);
}

function lineOf(place: string): string {
  return place.slice(place.lastIndexOf(":") + 1);
}

/** Tells of every unknown name, but only of the first mistake of another kind. */
function applyRules(users: Users, user: User, rules: readonly string[], place: string): string {
  let errors = "";
  let hasOther = false;
  for (const rule of rules.map((one) => one.trim())) {
    try {
      users.apply(user, [rule]);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      if (error === UNKNOWN_NAME) {
        errors += `${place}: Error in applying operation '${rule}': ${error.message}. `;
      } else if (!hasOther) {
        errors += `${place}: ${error.message}. `;
        hasOther = true;
      }
    }
  }
  return errors;
}

/** ACL SAVE: the old file or the new one, whatever happens meanwhile. */
export function saveAclFile(users: Users, path: string): void {
  replaceFile(path, `${users.describe().join("\n")}\n`);
}
