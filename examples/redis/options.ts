/**
 * Every option of Redis 7.0.15, with its type, range and default: a column for each. Clients and
 * tools read and set options they never heard of having an effect, so those that govern nothing in
 * this server are here too: they are checked, kept and reported, and listed apart.
 *
 * Where a default differs from Redis's, the row says why. See also option-kinds.ts.
 */

import {
  addresses,
  clamped,
  directory,
  eventClasses,
  fileName,
  hostname,
  INT_MAX,
  INT64_MAX,
  integer,
  type Kind,
  memory,
  memoryOrPercent,
  octal,
  oneOf,
  oomScores,
  outputLimits,
  path,
  percentiles,
  savePoints,
  shutdownWords,
  socketPath,
  text,
  titleTemplate,
  UINT_MAX,
  UINT64_MAX,
  yesNo,
} from "./option-kinds.ts";

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
const INT_MIN = -2147483648;

export interface Option<T> {
  readonly kind: Kind<T>;
  readonly value: T;
  /** When it may be set: protected options only where `enable-protected-configs` allows it. */
  readonly settable: "always" | "at start" | "protected";
  /** An older name, as good as the new one. */
  readonly alias: string | undefined;
}

/** May be set while the server runs. */
function live<T>(kind: Kind<T>, value: NoInfer<T>, alias?: string): Option<T> {
  return { kind, value, settable: "always", alias };
}

/** Only in redis.conf and on the command line. */
function fixed<T>(kind: Kind<T>, value: NoInfer<T>, alias?: string): Option<T> {
  return { kind, value, settable: "at start", alias };
}

function guarded<T>(kind: Kind<T>, value: NoInfer<T>): Option<T> {
  return { kind, value, settable: "protected", alias: undefined };
}

const port = integer(0, 65535);
const count = integer(0, INT_MAX);
const countFromOne = integer(1, INT_MAX);
const longCount = integer(0, INT64_MAX);
const bytes = memory(0, INT64_MAX);
const percent = integer(1, 99);
const whoMay = oneOf("no", "yes", "local");
const policies = oneOf(
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "noeviction",
);
const levels = oneOf("debug", "verbose", "notice", "warning");
const facilities = oneOf(
  "user",
  "local0",
  "local1",
  "local2",
  "local3",
  "local4",
  "local5",
  "local6",
  "local7",
);

// Redis sets no limit for normal clients; one that does not read its replies must not grow us.
const OUTPUT_LIMITS = {
  normal: { hard: 256 * MB, soft: 0, softSeconds: 0 },
  slave: { hard: 256 * MB, soft: 64 * MB, softSeconds: 60 },
  pubsub: { hard: 32 * MB, soft: 8 * MB, softSeconds: 60 },
};

// biome-ignore format: a table is read by its columns
const GOVERNING = {
  // The network. `bind` is that of the redis.conf that comes with Redis, not its built-in `* -::*`.
  "bind":                             live(addresses, ["127.0.0.1", "-::1"]),
  "port":                             live(port, 6379),
  "unixsocket":                       fixed(socketPath, ""),
  "unixsocketperm":                   fixed(octal(0o777), 0),
  "protected-mode":                   live(yesNo, true),
  "tcp-backlog":                      fixed(count, 511),
  "tcp-keepalive":                    live(count, 300),
  "timeout":                          live(count, 0),

  // Limits
  "maxclients":                       live(integer(1, UINT_MAX), 10000),
  "client-query-buffer-limit":        live(memory(MB, INT64_MAX), GB),
  "client-output-buffer-limit":       live(outputLimits, OUTPUT_LIMITS),
  "proto-max-bulk-len":               live(memory(MB, INT64_MAX), 512 * MB),

  // Who may do what
  "requirepass":                      live(text(), ""),
  "acl-pubsub-default":               live(oneOf("allchannels", "resetchannels"), "resetchannels"),
  "aclfile":                          fixed(text(), ""),
  "acllog-max-len":                   live(longCount, 128),
  "enable-debug-command":             fixed(whoMay, "no"),
  "enable-protected-configs":         fixed(whoMay, "no"),

  // The process
  "databases":                        fixed(countFromOne, 16),
  "hz":                               live(clamped(count, 1, 500), 10),
  "loglevel":                         live(levels, "notice"),
  "logfile":                          fixed(path, ""),
  "slowlog-log-slower-than":          live(integer(-1, INT64_MAX), 10000),
  "slowlog-max-len":                  live(longCount, 128),
  "latency-monitor-threshold":        live(longCount, 0),
  "latency-tracking":                 live(yesNo, true),
  "latency-tracking-info-percentiles": live(percentiles, [50, 99, 99.9]),

  // How large a value may be and still say that it is stored compactly
  "hash-max-listpack-entries":        live(longCount, 512, "hash-max-ziplist-entries"),
  "hash-max-listpack-value":          live(bytes, 64, "hash-max-ziplist-value"),
  "list-max-listpack-size":           live(integer(INT_MIN, INT_MAX), -2, "list-max-ziplist-size"),
  "set-max-intset-entries":           live(longCount, 512),
  "zset-max-listpack-entries":        live(longCount, 128, "zset-max-ziplist-entries"),
  "zset-max-listpack-value":          live(bytes, 64, "zset-max-ziplist-value"),
};

// biome-ignore format: a table is read by its columns
const ACCEPTED = {
  // The process
  "active-expire-effort":             live(integer(1, 10), 1),
  "activerehashing":                  live(yesNo, true),
  "always-show-logo":                 fixed(yesNo, false),
  "busy-reply-threshold":             live(longCount, 5000, "lua-time-limit"),
  "crash-log-enabled":                live(yesNo, true),
  "crash-memcheck-enabled":           live(yesNo, true),
  "daemonize":                        fixed(yesNo, false),
  "disable-thp":                      fixed(yesNo, true),
  "dynamic-hz":                       live(yesNo, true),
  "enable-module-command":            fixed(whoMay, "no"),
  "hll-sparse-max-bytes":             live(bytes, 3000),
  "ignore-warnings":                  live(text(), ""),
  "io-threads":                       fixed(integer(1, 128), 1),
  "io-threads-do-reads":              fixed(yesNo, false),
  "jemalloc-bg-thread":               live(yesNo, true),
  "list-compress-depth":              live(count, 0),
  "notify-keyspace-events":           live(eventClasses, ""),
  "oom-score-adj":                    live(oneOf("no", "yes", "relative", "absolute"), "no"),
  "oom-score-adj-values":             live(oomScores, "0 200 800"),
  "pidfile":                          fixed(path, ""),
  "proc-title-template":              live(titleTemplate, "{title} {listen-addr} {server-mode}"),
  "set-proc-title":                   fixed(yesNo, true),
  "shutdown-on-sigint":               live(shutdownWords, "default"),
  "shutdown-on-sigterm":              live(shutdownWords, "default"),
  "shutdown-timeout":                 live(count, 10),
  "socket-mark-id":                   fixed(integer(0, UINT_MAX), 0),
  "bind-source-addr":                 live(text(), ""),
  "stream-node-max-bytes":            live(bytes, 4096),
  "stream-node-max-entries":          live(longCount, 100),
  "supervised":                       fixed(oneOf("upstart", "systemd", "auto", "no"), "no"),
  "syslog-enabled":                   fixed(yesNo, false),
  "syslog-facility":                  fixed(facilities, "local0"),
  "syslog-ident":                     fixed(text(), "redis"),
  "tracking-table-max-keys":          live(longCount, 1000000),
  "server_cpulist":                   fixed(text(), ""),
  "bio_cpulist":                      fixed(text(), ""),
  "aof_rewrite_cpulist":              fixed(text(), ""),
  "bgsave_cpulist":                   fixed(text(), ""),

  // Memory
  "maxmemory":                        live(memory(0, UINT64_MAX), 0),
  "maxmemory-clients":                live(memoryOrPercent, 0),
  "maxmemory-eviction-tenacity":      live(integer(0, 100), 10),
  "maxmemory-policy":                 live(policies, "noeviction"),
  "maxmemory-samples":                live(countFromOne, 5),
  "lfu-decay-time":                   live(count, 1),
  "lfu-log-factor":                   live(count, 10),
  "lazyfree-lazy-eviction":           live(yesNo, false),
  "lazyfree-lazy-expire":             live(yesNo, false),
  "lazyfree-lazy-server-del":         live(yesNo, false),
  "lazyfree-lazy-user-del":           live(yesNo, false),
  "lazyfree-lazy-user-flush":         live(yesNo, false),
  "activedefrag":                     live(yesNo, false),
  "active-defrag-cycle-max":          live(percent, 25),
  "active-defrag-cycle-min":          live(percent, 1),
  "active-defrag-ignore-bytes":       live(memory(1, INT64_MAX), 100 * MB),
  "active-defrag-max-scan-fields":    live(integer(1, INT64_MAX), 1000),
  "active-defrag-threshold-lower":    live(integer(0, 1000), 10),
  "active-defrag-threshold-upper":    live(integer(0, 1000), 100),

  // Persistence. `save` is "" and not `3600 1 300 100 60 10000`: nothing is written to disk.
  "save":                             live(savePoints, ""),
  "dir":                              guarded(directory, process.cwd()),
  "dbfilename":                       guarded(fileName("dbfilename"), "dump.rdb"),
  "rdb-del-sync-files":               live(yesNo, false),
  "rdb-save-incremental-fsync":       live(yesNo, true),
  "rdbchecksum":                      fixed(yesNo, true),
  "rdbcompression":                   live(yesNo, true),
  "sanitize-dump-payload":            live(oneOf("no", "yes", "clients"), "no"),
  "stop-writes-on-bgsave-error":      live(yesNo, true),
  "appendonly":                       live(yesNo, false),
  "appenddirname":                    fixed(fileName("appenddirname"), "appendonlydir"),
  "appendfilename":                   fixed(fileName("appendfilename"), "appendonly.aof"),
  "appendfsync":                      live(oneOf("everysec", "always", "no"), "everysec"),
  "aof-disable-auto-gc":              live(yesNo, false),
  "aof-load-truncated":               live(yesNo, true),
  "aof-rewrite-incremental-fsync":    live(yesNo, true),
  "aof-timestamp-enabled":            live(yesNo, false),
  "aof-use-rdb-preamble":             live(yesNo, true),
  "auto-aof-rewrite-min-size":        live(bytes, 64 * MB),
  "auto-aof-rewrite-percentage":      live(count, 100),
  "no-appendfsync-on-rewrite":        live(yesNo, false),

  // Replication
  "replicaof":                        fixed(text(), "", "slaveof"),
  "masterauth":                       live(text(), ""),
  "masteruser":                       live(text(), ""),
  "min-replicas-max-lag":             live(count, 10, "min-slaves-max-lag"),
  "min-replicas-to-write":            live(count, 0, "min-slaves-to-write"),
  "propagation-error-behavior":       live(oneOf("ignore", "panic", "panic-on-replicas"), "ignore"),
  "repl-backlog-size":                live(clamped(memory(1, INT64_MAX), 16 * KB, Infinity), MB),
  "repl-backlog-ttl":                 live(longCount, 3600),
  "repl-disable-tcp-nodelay":         live(yesNo, false),
  "repl-diskless-load":               live(oneOf("disabled", "on-empty-db", "swapdb"), "disabled"),
  "repl-diskless-sync":               live(yesNo, true),
  "repl-diskless-sync-delay":         live(count, 5),
  "repl-diskless-sync-max-replicas":  live(count, 0),
  "repl-ping-replica-period":         live(countFromOne, 10, "repl-ping-slave-period"),
  "repl-timeout":                     live(countFromOne, 60),
  "replica-announce-ip":              live(text(), "", "slave-announce-ip"),
  "replica-announce-port":            live(port, 0, "slave-announce-port"),
  "replica-announced":                live(yesNo, true),
  "replica-ignore-disk-write-errors": live(yesNo, false),
  "replica-ignore-maxmemory":         live(yesNo, true, "slave-ignore-maxmemory"),
  "replica-lazy-flush":               live(yesNo, false, "slave-lazy-flush"),
  "replica-priority":                 live(count, 100, "slave-priority"),
  "replica-read-only":                live(yesNo, true, "slave-read-only"),
  "replica-serve-stale-data":         live(yesNo, true, "slave-serve-stale-data"),

  // Cluster
  "cluster-enabled":                  fixed(yesNo, false),
  "cluster-config-file":              fixed(text(), "nodes.conf"),
  "cluster-node-timeout":             live(longCount, 15000),
  "cluster-port":                     fixed(port, 0),
  "cluster-allow-pubsubshard-when-down": live(yesNo, true),
  "cluster-allow-reads-when-down":    live(yesNo, false),
  "cluster-allow-replica-migration":  live(yesNo, true),
  "cluster-announce-bus-port":        live(port, 0),
  "cluster-announce-hostname":        live(hostname, ""),
  "cluster-announce-ip":              live(text(), ""),
  "cluster-announce-port":            live(port, 0),
  "cluster-announce-tls-port":        live(port, 0),
  "cluster-link-sendbuf-limit":       live(memory(0, UINT64_MAX), 0),
  "cluster-migration-barrier":        live(count, 1),
  "cluster-preferred-endpoint-type":  live(oneOf("ip", "hostname", "unknown-endpoint"), "ip"),
  "cluster-replica-no-failover":      live(yesNo, false, "cluster-slave-no-failover"),
  "cluster-replica-validity-factor":  live(count, 10, "cluster-slave-validity-factor"),
  "cluster-require-full-coverage":    live(yesNo, true),

  // TLS
  "tls-port":                         live(port, 0),
  "tls-auth-clients":                 live(oneOf("no", "yes", "optional"), "yes"),
  "tls-ca-cert-dir":                  live(text(), ""),
  "tls-ca-cert-file":                 live(text(), ""),
  "tls-cert-file":                    live(text(), ""),
  "tls-ciphers":                      live(text(), ""),
  "tls-ciphersuites":                 live(text(), ""),
  "tls-client-cert-file":             live(text(), ""),
  "tls-client-key-file":              live(text(), ""),
  "tls-client-key-file-pass":         live(text(), ""),
  "tls-cluster":                      live(yesNo, false),
  "tls-dh-params-file":               live(text(), ""),
  "tls-key-file":                     live(text(), ""),
  "tls-key-file-pass":                live(text(), ""),
  "tls-prefer-server-ciphers":        live(yesNo, false),
  "tls-protocols":                    live(text(), ""),
  "tls-replication":                  live(yesNo, false),
  "tls-session-cache-size":           live(count, 20480),
  "tls-session-cache-timeout":        live(count, 300),
  "tls-session-caching":              live(yesNo, true),
};

export const OPTIONS = { ...GOVERNING, ...ACCEPTED };

/** Names of the options that are accepted and reported, and govern nothing here. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set(Object.keys(ACCEPTED));

/** Their values are passwords: they appear in no log. */
export const SECRETS: ReadonlySet<string> = new Set<keyof typeof OPTIONS>([
  "requirepass",
  "masterauth",
  "masteruser",
  "tls-key-file-pass",
  "tls-client-key-file-pass",
]);
