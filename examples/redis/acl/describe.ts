/**
 * The rules that make a selector what it is, as ACL LIST and the files have them.
 *
 * Redis 7.0 does not keep the rules that were given. It finds rules for the commands anew: from
 * nothing or from everything, the category that fits best, the next, and then single commands.
 */

import type { Command } from "../command.ts";
import { CATEGORIES, categoryMembers } from "../command-facts.ts";
import { Selector } from "./selector.ts";

/** `~key* resetchannels &channel -@all +get` */
export function describeSelector(selector: Selector): string {
  const channels = selector.channelRules();
  if (!selector.allowsAllChannels) channels.unshift("resetchannels");
  return [...selector.keyRules(), ...channels, describeCommands(selector)].join(" ");
}

export function describeCommands(selector: Selector): string {
  const isAdding = !selector.allowsByDefault;
  const rules = [isAdding ? "-@all" : "+@all"];
  // What the rules so far amount to, and what is left for them to say.
  const said = new Selector(selector.table);
  said.setAllCommands(!isAdding);
  const left = selector.copy();
  const unused = new Set<string>(CATEGORIES);
  for (;;) {
    const category = bestCategory(left, unused, isAdding);
    if (category === undefined) break;
    unused.delete(category);
    said.setCategory(category, isAdding);
    left.setCategory(category, !isAdding);
    rules.push(`${isAdding ? "+" : "-"}@${category}`);
  }
  for (const command of selector.table.commands.values()) {
    describeDifference(selector, said, command, rules);
    for (const one of command.subcommands.values()) describeDifference(selector, said, one, rules);
  }
  return rules.join(" ");
}

/** The category with the fewest commands that are not meant; of several, the largest one. */
function bestCategory(left: Selector, unused: Set<string>, isAdding: boolean): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const category of unused) {
    const members = categoryMembers(left.table, category) ?? [];
    const meant = members.filter((command) => left.has(command) === isAdding).length;
    const others = members.length - meant;
    if (meant <= others || others > fewest || (others === fewest && meant <= most)) continue;
    best = category;
    fewest = others;
    most = meant;
  }
  return best;
}

function describeDifference(
  selector: Selector,
  said: Selector,
  command: Command,
  rules: string[],
): void {
  const isAllowed = selector.has(command);
  if (said.has(command) !== isAllowed) {
    rules.push(`${isAllowed ? "+" : "-"}${command.name}`);
    said.setCommand(command, isAllowed);
  }
  if (isAllowed) return;
  for (const word of selector.allowedFirstArguments(command)) {
    rules.push(`+${command.name}|${word}`);
  }
}
