/**
 * INFO: the state of the server, a section for each part of it, in Redis's names.
 * https://redis.io/docs/latest/commands/info/
 *
 * Fields of what this server does not have are there too, with the value they have in a Redis that
 * does not use it: tools read them without asking.
 */

import { machine, release, totalmem, type } from "node:os";
import type { Call } from "../call.ts";
import type { Command, CommandGroup } from "../command.ts";
import type { Core } from "../core.ts";
import { humanSize, memoryUse } from "../memory.ts";
import type { Session } from "../session.ts";
import { FDKIT_VERSION, REDIS_VERSION } from "../version.ts";

// biome-ignore format: a table is read by its columns
export const infoCommands: CommandGroup = { group: "server", rows: [
  ["info", -1, "loading stale", 0, 0, 0, info, "1.0.0", "The state of the server, by sections"],
] };

type Fields = Record<string, string | number>;
type Section = (core: Core) => Fields;

/** In the order of the report. */
const SECTIONS: Record<string, Section> = {
  Server: server,
  Clients: clients,
  Memory: memory,
  Persistence: persistence,
  Stats: stats,
  Replication: replication,
  CPU: cpu,
  Modules: () => ({}),
  Commandstats: commandStats,
  Errorstats: errorStats,
  Latencystats: latencyStats,
  Cluster: () => ({ cluster_enabled: 0 }),
  Keyspace: keyspace,
};

const TITLES = Object.keys(SECTIONS);
const BY_DEFAULT = TITLES.filter((title) => title !== "Commandstats" && title !== "Latencystats");
const GROUPS = new Map<string, readonly string[]>([
  ["default", BY_DEFAULT],
  ["all", TITLES.filter((title) => title !== "Modules")],
  ["everything", TITLES],
]);
for (const title of TITLES) GROUPS.set(title.toLowerCase(), [title]);

/** INFO [section…]; a section that does not exist is an empty one. */
function info({ args, core, reply }: Call): void {
  const wanted = new Set(args.count === 1 ? BY_DEFAULT : []);
  for (let i = 1; i < args.count; i++) {
    for (const title of GROUPS.get(args.word(i)) ?? []) wanted.add(title);
  }
  const sections = TITLES.filter((title) => wanted.has(title)).map((title) => {
    const fields = Object.entries((SECTIONS[title] as Section)(core));
    return `# ${title}\r\n${fields.map(([name, value]) => `${name}:${value}\r\n`).join("")}`;
  });
  reply.verbatim("txt", sections.join("\r\n"));
}

function server({ clock, host, identity, settings, stats: counted }: Core): Fields {
  const uptime = Math.floor((clock.now - counted.startedAt) / 1000);
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: "0000000000000000",
    fdkit_version: FDKIT_VERSION,
    node_version: process.versions.node,
    redis_mode: "standalone",
    os: `${type()} ${release()} ${machine()}`,
    arch_bits: 64,
    monotonic_clock: "POSIX clock_gettime",
    multiplexing_api: "epoll",
    // What Redis tells where it has no atomics of C and was not compiled by GCC.
    atomicvar_api: "none",
    gcc_version: "0.0.0",
    process_id: process.pid,
    process_supervised: "no",
    run_id: identity.runId,
    tcp_port: settings.port,
    server_time_usec: clock.now * 1000,
    uptime_in_seconds: uptime,
    uptime_in_days: Math.floor(uptime / 86400),
    hz: settings.hz,
    configured_hz: settings.hz,
    lru_clock: Math.floor(clock.now / 1000) % 2 ** 24,
    executable: process.execPath,
    config_file: host.configFile,
    io_threads_active: 0,
  };
}

function clients({ blocking, sessions, settings, tracking }: Core): Fields {
  const all = [...sessions.values()].filter(({ closed }) => !closed);
  const most = (size: (session: Session) => number) => Math.max(0, ...all.map(size));
  return {
    connected_clients: all.length,
    cluster_connections: 0,
    maxclients: settings.maxclients,
    client_recent_max_input_buffer: most((session) => session.queryBufferCapacity),
    client_recent_max_output_buffer: most((session) => session.pendingOutput),
    blocked_clients: blocking.size,
    tracking_clients: tracking.clients,
    clients_in_timeout_table: blocking.timed,
  };
}

function memory(core: Core): Fields {
  const { used, peak, clients, overhead, unused, resident } = memoryUse(core);
  const { settings } = core;
  const system = totalmem();
  const { maxmemory } = settings;
  const active = used + unused;
  const dataset = used - overhead;
  return {
    used_memory: used,
    used_memory_human: humanSize(used),
    used_memory_rss: resident,
    used_memory_rss_human: humanSize(resident),
    used_memory_peak: peak,
    used_memory_peak_human: humanSize(peak),
    used_memory_peak_perc: percent(used, peak),
    used_memory_overhead: overhead,
    used_memory_startup: 0,
    used_memory_dataset: dataset,
    used_memory_dataset_perc: percent(dataset, used),
    allocator_allocated: used,
    allocator_active: active,
    allocator_resident: resident,
    total_system_memory: system,
    total_system_memory_human: humanSize(system),
    used_memory_lua: 0,
    used_memory_vm_eval: 0,
    used_memory_lua_human: humanSize(0),
    used_memory_scripts_eval: 0,
    number_of_cached_scripts: 0,
    number_of_functions: 0,
    number_of_libraries: 0,
    used_memory_vm_functions: 0,
    used_memory_vm_total: 0,
    used_memory_vm_total_human: humanSize(0),
    used_memory_functions: 0,
    used_memory_scripts: 0,
    used_memory_scripts_human: humanSize(0),
    maxmemory,
    maxmemory_human: humanSize(maxmemory),
    maxmemory_policy: settings["maxmemory-policy"],
    allocator_frag_ratio: ratio(active, used),
    allocator_frag_bytes: unused,
    allocator_rss_ratio: ratio(resident, active),
    allocator_rss_bytes: resident - active,
    rss_overhead_ratio: "1.00",
    rss_overhead_bytes: 0,
    mem_fragmentation_ratio: ratio(resident, used),
    mem_fragmentation_bytes: resident - used,
    mem_not_counted_for_evict: 0,
    mem_replication_backlog: 0,
    mem_total_replication_buffers: 0,
    mem_clients_slaves: 0,
    mem_clients_normal: clients,
    mem_cluster_links: 0,
    mem_aof_buffer: 0,
    mem_allocator: `v8-${process.versions.v8}`,
    active_defrag_running: 0,
    lazyfree_pending_objects: 0,
    lazyfreed_objects: 0,
  };
}

function percent(part: number, whole: number): string {
  return `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(2)}%`;
}

function ratio(one: number, other: number): string {
  return (other > 0 ? one / other : 0).toFixed(2);
}

/** Nothing is written to disk. */
function persistence({ databases, stats: counted }: Core): Fields {
  return {
    loading: 0,
    async_loading: 0,
    current_cow_peak: 0,
    current_cow_size: 0,
    current_cow_size_age: 0,
    current_fork_perc: "0.00",
    current_save_keys_processed: 0,
    current_save_keys_total: 0,
    rdb_changes_since_last_save: sum(databases.map(({ changes }) => changes)),
    rdb_bgsave_in_progress: 0,
    rdb_last_save_time: Math.floor(counted.startedAt / 1000),
    rdb_last_bgsave_status: "ok",
    rdb_last_bgsave_time_sec: -1,
    rdb_current_bgsave_time_sec: -1,
    rdb_saves: 0,
    rdb_last_cow_size: 0,
    rdb_last_load_keys_expired: 0,
    rdb_last_load_keys_loaded: 0,
    aof_enabled: 0,
    aof_rewrite_in_progress: 0,
    aof_rewrite_scheduled: 0,
    aof_last_rewrite_time_sec: -1,
    aof_current_rewrite_time_sec: -1,
    aof_last_bgrewrite_status: "ok",
    aof_rewrites: 0,
    aof_rewrites_consecutive_failures: 0,
    aof_last_write_status: "ok",
    aof_last_cow_size: 0,
    module_fork_in_progress: 0,
    module_fork_last_cow_size: 0,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function stats({ databases, stats: counted, subscriptions, tracking, users }: Core): Fields {
  return {
    total_connections_received: counted.connectionsReceived,
    total_commands_processed: counted.commandsProcessed,
    instantaneous_ops_per_sec: Math.round(counted.commandRate.perSecond),
    total_net_input_bytes: counted.bytesIn,
    total_net_output_bytes: counted.bytesOut,
    total_net_repl_input_bytes: 0,
    total_net_repl_output_bytes: 0,
    instantaneous_input_kbps: (counted.inputRate.perSecond / 1024).toFixed(2),
    instantaneous_output_kbps: (counted.outputRate.perSecond / 1024).toFixed(2),
    instantaneous_input_repl_kbps: "0.00",
    instantaneous_output_repl_kbps: "0.00",
    rejected_connections: counted.rejectedConnections,
    sync_full: 0,
    sync_partial_ok: 0,
    sync_partial_err: 0,
    expired_keys: sum(databases.map(({ expired }) => expired)),
    expired_stale_perc: "0.00",
    expired_time_cap_reached_count: 0,
    expire_cycle_cpu_milliseconds: 0,
    evicted_keys: counted.evictedKeys,
    evicted_clients: 0,
    total_eviction_exceeded_time: 0,
    current_eviction_exceeded_time: 0,
    keyspace_hits: counted.keyspaceHits,
    keyspace_misses: counted.keyspaceMisses,
    pubsub_channels: subscriptions.size("channels"),
    pubsub_patterns: subscriptions.size("patterns"),
    pubsubshard_channels: subscriptions.size("shardChannels"),
    latest_fork_usec: 0,
    total_forks: 0,
    migrate_cached_sockets: 0,
    slave_expires_tracked_keys: 0,
    active_defrag_hits: 0,
    active_defrag_misses: 0,
    active_defrag_key_hits: 0,
    active_defrag_key_misses: 0,
    total_active_defrag_time: 0,
    current_active_defrag_time: 0,
    tracking_total_keys: tracking.keys,
    tracking_total_items: tracking.items,
    tracking_total_prefixes: tracking.prefixes,
    unexpected_error_replies: 0,
    total_error_replies: counted.errorReplies,
    dump_payload_sanitizations: 0,
    total_reads_processed: counted.readEvents,
    total_writes_processed: counted.writeEvents,
    io_threaded_reads_processed: 0,
    io_threaded_writes_processed: 0,
    client_query_buffer_limit_disconnections: counted.queryBufferLimitDisconnections,
    client_output_buffer_limit_disconnections: counted.outputBufferLimitDisconnections,
    reply_buffer_shrinks: 0,
    reply_buffer_expands: 0,
    acl_access_denied_auth: users.denied.auth,
    acl_access_denied_cmd: users.denied.command,
    acl_access_denied_key: users.denied.key,
    acl_access_denied_channel: users.denied.channel,
  };
}

function replication({ identity, settings }: Core): Fields {
  return {
    role: "master",
    connected_slaves: 0,
    master_failover_state: "no-failover",
    master_replid: identity.replicationId,
    master_replid2: "0".repeat(40),
    master_repl_offset: 0,
    second_repl_offset: -1,
    repl_backlog_active: 0,
    repl_backlog_size: settings["repl-backlog-size"],
    repl_backlog_first_byte_offset: 0,
    repl_backlog_histlen: 0,
  };
}

/** getrusage(2), in seconds. Node has no figures of the main thread alone: the process's stand. */
function cpu(): Fields {
  const { systemCPUTime, userCPUTime } = process.resourceUsage();
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(6);
  return {
    used_cpu_sys: seconds(systemCPUTime),
    used_cpu_user: seconds(userCPUTime),
    used_cpu_sys_children: seconds(0),
    used_cpu_user_children: seconds(0),
    used_cpu_sys_main_thread: seconds(systemCPUTime),
    used_cpu_user_main_thread: seconds(userCPUTime),
  };
}

function commandStats({ table }: Core): Fields {
  const fields: Fields = {};
  for (const command of table.commands.values()) {
    for (const counted of [command, ...command.subcommands.values()]) {
      const { name, calls, rejected, failed } = counted;
      if (calls + rejected + failed > 0) fields[`cmdstat_${name}`] = statsOf(counted);
    }
  }
  return fields;
}

function statsOf({ calls, microseconds, rejected, failed }: Command): string {
  const perCall = calls === 0 ? 0 : microseconds / calls;
  return (
    `calls=${calls},usec=${Math.round(microseconds)},usec_per_call=${perCall.toFixed(2)},` +
    `rejected_calls=${rejected},failed_calls=${failed}`
  );
}

/** `p50=1.003,p99=2.007` and so on, in microseconds. */
function latencyStats({ settings, table }: Core): Fields {
  const fields: Fields = {};
  const percents = settings["latency-tracking-info-percentiles"];
  for (const command of table.all()) {
    const { name, times } = command;
    if (times === undefined) continue;
    command.settleTimes();
    const shown = percents.map((one) => `p${one}=${times.percentile(one).toFixed(3)}`);
    fields[`latency_percentiles_usec_${name}`] = shown.join(",");
  }
  return fields;
}

function errorStats({ stats: counted }: Core): Fields {
  const errors = [...counted.errorsByCode];
  return Object.fromEntries(errors.map(([code, n]) => [`errorstat_${code}`, `count=${n}`]));
}

/** The mean of all times to live would cost a look at every key: it is 0, which is "not known". */
function keyspace({ databases }: Core): Fields {
  const fields: Fields = {};
  for (const [i, { size, volatileSize }] of databases.entries()) {
    if (size > 0) fields[`db${i}`] = `keys=${size},expires=${volatileSize},avg_ttl=0`;
  }
  return fields;
}
