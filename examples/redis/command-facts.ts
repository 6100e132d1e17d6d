/**
 * What COMMAND tells of a command besides its row: ACL categories and tips for cluster clients.
 * Most categories follow from the flags and the group; the tables hold what does not.
 *
 * https://redis.io/docs/latest/develop/reference/command-tips/
 */

import type { Command, CommandTable } from "./command.ts";

/** In the order in which they are listed. */
export const CATEGORIES = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

const GROUP_CATEGORIES: Record<string, readonly string[]> = {
  string: ["string"],
  list: ["list"],
  set: ["set"],
  "sorted-set": ["sortedset"],
  hash: ["hash"],
  stream: ["stream"],
  bitmap: ["bitmap"],
  hyperloglog: ["hyperloglog"],
  geo: ["geo"],
  generic: ["keyspace"],
  connection: ["connection"],
  transactions: ["transaction"],
  scripting: ["scripting"],
};

/** Commands that are in other categories than their group. */
const OWN_CATEGORIES = new Map<string, readonly string[]>([
  ...each("asking readonly readwrite wait waitaof", ["connection"]),
  ...each("command", ["connection"]),
  ...each("dbsize", ["keyspace"]),
  ...each("flushall flushdb keys migrate restore restore-asking swapdb", ["keyspace", "dangerous"]),
  ...each("info", ["dangerous"]),
  ...each("lastsave role", ["admin", "dangerous"]),
  ...each("sort sort_ro", ["set", "sortedset", "list", "dangerous"]),
]);

const FLAG_CATEGORIES: Record<string, readonly string[]> = {
  write: ["write"],
  readonly: ["read"],
  admin: ["admin", "dangerous"],
  pubsub: ["pubsub"],
  fast: ["fast"],
  blocking: ["blocking"],
};

const TIPS = new Map<string, string>([
  ...each(
    "client|info client|list dump hrandfield hscan lastsave migrate object|encoding object|freq " +
      "object|idletime object|refcount pttl spop srandmember sscan time ttl xadd xautoclaim " +
      "xclaim xinfo|consumers xpending xtrim zrandmember zscan",
    "nondeterministic_output",
  ),
  ...each(
    "command command|docs command|info command|list function|list hgetall hkeys hvals " +
      "module|list sdiff sinter smembers sunion",
    "nondeterministic_output_order",
  ),
  ...each("del exists touch unlink", "request_policy:multi_shard response_policy:agg_sum"),
  ...each("mget", "request_policy:multi_shard"),
  ...each("mset", "request_policy:multi_shard response_policy:all_succeeded"),
  ...each("msetnx", "request_policy:multi_shard response_policy:agg_min"),
  ...each("dbsize", "request_policy:all_shards response_policy:agg_sum"),
  ...each("keys", "request_policy:all_shards nondeterministic_output_order"),
  ...each("randomkey", "request_policy:all_shards nondeterministic_output"),
  ...each("scan", "nondeterministic_output request_policy:special"),
  ...each("wait", "request_policy:all_shards response_policy:agg_min"),
  ...each("script|exists", "request_policy:all_shards response_policy:agg_logical_and"),
  ...each("function|kill script|kill", "request_policy:all_shards response_policy:one_succeeded"),
  ...each(
    "flushall flushdb function|delete function|flush function|load function|restore " +
      "memory|purge ping",
    "request_policy:all_shards response_policy:all_succeeded",
  ),
  ...each(
    "function|stats info memory|doctor memory|malloc-stats memory|stats",
    "nondeterministic_output request_policy:all_shards response_policy:special",
  ),
  ...each(
    "config|set latency|reset script|flush script|load slowlog|reset",
    "request_policy:all_nodes response_policy:all_succeeded",
  ),
  ...each(
    "latency|doctor latency|graph latency|histogram latency|history latency|latest",
    "nondeterministic_output request_policy:all_nodes response_policy:special",
  ),
  ...each("slowlog|get", "request_policy:all_nodes nondeterministic_output"),
  ...each(
    "slowlog|len",
    "request_policy:all_nodes response_policy:agg_sum nondeterministic_output",
  ),
]);

/** Gives every one of the names, separated by spaces, the same value. */
function each<T>(names: string, value: T): [string, T][] {
  return names.split(" ").map((name) => [name, value]);
}

export function categoriesOf(command: Command): string[] {
  const found = new Set(groupCategories(command));
  for (const flag of command.flags) for (const name of FLAG_CATEGORIES[flag] ?? []) found.add(name);
  // Whether a script reads or writes depends on the script.
  if (command.group === "scripting") found.delete("read");
  if (!found.has("fast")) found.add("slow");
  return CATEGORIES.filter((name) => found.has(name));
}

const members = new WeakMap<CommandTable, ReadonlyMap<string, readonly Command[]>>();

/** All commands and subcommands of a category, named in any case; undefined if there is none. */
export function categoryMembers(
  table: CommandTable,
  category: string,
): readonly Command[] | undefined {
  let found = members.get(table);
  if (found === undefined) {
    found = groupByCategory(table);
    members.set(table, found);
  }
  return found.get(category.toLowerCase());
}

function groupByCategory(table: CommandTable): Map<string, Command[]> {
  const found = new Map<string, Command[]>(CATEGORIES.map((name) => [name, []]));
  for (const command of table.all()) {
    for (const name of categoriesOf(command)) found.get(name)?.push(command);
  }
  return found;
}

function groupCategories({ name, group, subcommands }: Command): readonly string[] {
  const [container = ""] = name.split("|");
  const own = OWN_CATEGORIES.get(container);
  if (own !== undefined) return own;
  // A container does nothing by itself.
  return subcommands.size > 0 ? [] : (GROUP_CATEGORIES[group] ?? []);
}

const GEO = "GEOSEARCH, or GEOSEARCHSTORE";

/** Commands that others made superfluous: since when, and which. */
export const REPLACEMENTS: ReadonlyMap<string, readonly [since: string, by: string]> = new Map([
  ["brpoplpush", ["6.2.0", "BLMOVE ... RIGHT LEFT"]],
  ["georadius", ["6.2.0", `${GEO}, with BYRADIUS`]],
  ["georadius_ro", ["6.2.0", "GEOSEARCH ... BYRADIUS"]],
  ["georadiusbymember", ["6.2.0", `${GEO}, with BYRADIUS and FROMMEMBER`]],
  ["georadiusbymember_ro", ["6.2.0", "GEOSEARCH ... BYRADIUS ... FROMMEMBER"]],
  ["getset", ["6.2.0", "SET ... GET"]],
  ["hmset", ["4.0.0", "HSET with several fields"]],
  ["rpoplpush", ["6.2.0", "LMOVE ... RIGHT LEFT"]],
  ["slaveof", ["5.0.0", "REPLICAOF"]],
  ["substr", ["2.0.0", "GETRANGE"]],
  ["zrangebylex", ["6.2.0", "ZRANGE ... BYLEX"]],
  ["zrangebyscore", ["6.2.0", "ZRANGE ... BYSCORE"]],
  ["zrevrange", ["6.2.0", "ZRANGE ... REV"]],
  ["zrevrangebylex", ["6.2.0", "ZRANGE ... REV BYLEX"]],
  ["zrevrangebyscore", ["6.2.0", "ZRANGE ... REV BYSCORE"]],
]);

export function tipsOf(command: Command): string[] {
  return TIPS.get(command.name)?.split(" ") ?? [];
}
