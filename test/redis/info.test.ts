/** INFO: the sections, the fields that tools read, and that the numbers are real. */

import t from "tap";
import { type TestCore, testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, startReferee } from "../helpers/referee.ts";

/** The fields of a report, and the titles of its sections. */
function parse(reply: string): { titles: string[]; fields: Map<string, string> } {
  const lines = reply.slice(reply.indexOf("\r\n") + 2, -2).split("\r\n");
  const titles = lines.filter((line) => line.startsWith("# ")).map((line) => line.slice(2));
  const pairs = lines
    .filter((line) => /^[^#]/.test(line))
    .map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    });
  return { titles, fields: new Map(pairs) };
}

function info({ send }: TestCore, ...sections: string[]) {
  return parse(send(["info", ...sections]));
}

const DEFAULT_TITLES = [
  "Server",
  "Clients",
  "Memory",
  "Persistence",
  "Stats",
  "Replication",
  "CPU",
  "Modules",
  "Errorstats",
  "Cluster",
  "Keyspace",
];

t.test("sections by default, by name, by groups", async (t) => {
  const core = testCore();
  t.same(info(core).titles, DEFAULT_TITLES);
  t.same(info(core, "default").titles, DEFAULT_TITLES);
  t.same(info(core, "KEYSPACE", "server", "nosuch", "server").titles, ["Server", "Keyspace"]);
  const all = info(core, "all").titles;
  t.ok(all.includes("Commandstats") && all.includes("Latencystats") && !all.includes("Modules"));
  t.same(info(core, "everything").titles.sort(), [...all, "Modules"].sort());
  for (const name of ["nosuch", "constructor", "__proto__"]) {
    t.equal(core.send(["info", name]), "$0\r\n\r\n");
  }
  t.equal(core.send(["info", "cluster"]), "$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n");
  core.send(["hello", "3"]);
  t.equal(core.send(["info", "cluster"]), "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
});

t.test("what clients ask for when they connect", async (t) => {
  const { fields } = info(testCore({ port: 7000, maxclients: 77 }));
  t.match(Object.fromEntries(fields), {
    redis_version: "7.0.15",
    fdkit_version: /^\d+\.\d+\.\d+/,
    redis_mode: "standalone",
    os: /^Linux .+ \S+$/,
    arch_bits: "64",
    process_id: String(process.pid),
    run_id: /^[0-9a-f]{40}$/,
    tcp_port: "7000",
    maxclients: "77",
    loading: "0",
    role: "master",
    connected_slaves: "0",
    master_replid: /^[0-9a-f]{40}$/,
    cluster_enabled: "0",
    maxmemory_policy: "noeviction",
    used_memory_human: /^\d+\.\d\d[KMG]$/,
    mem_fragmentation_ratio: /^\d+\.\d\d$/,
    used_cpu_user: /^\d+\.\d{6}$/,
  });
});

t.test("the counters count", async (t) => {
  const core = testCore();
  core.core.database(0).setStringValue("here", "1");
  core.core.database(3).setStringValue("a", "1");
  core.core.database(3).setExpiry(core.core.database(3).setStringValue("b", "2"), Date.now() + 1e6);
  core.connect();
  core.send(["get", "here"]);
  core.send(["get", "nowhere"]);
  core.send(["get"]);
  core.send(["nosuch"]);
  core.send(["auth", "default", "x", "y"]);
  const { fields } = info(core, "everything");
  t.match(Object.fromEntries(fields), {
    connected_clients: "2",
    total_connections_received: "2",
    total_commands_processed: "5",
    keyspace_hits: "1",
    keyspace_misses: "1",
    total_error_replies: "3",
    errorstat_ERR: "count=3",
    db0: "keys=1,expires=0,avg_ttl=0",
    db3: "keys=2,expires=1,avg_ttl=0",
    cmdstat_get: /^calls=2,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0$/,
    cmdstat_auth: /^calls=1,.*,rejected_calls=0,failed_calls=1$/,
  });
  t.notOk(fields.has("db1"));
  t.ok(Number(fields.get("used_memory")) > 0);
  t.ok(Number(fields.get("used_memory")) <= Number(fields.get("used_memory_peak")));
});

t.test("every field of the real server is there", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const ours = testCore();
  for (const line of ["ping", "set k v"]) ours.send(line.split(" "));
  await referee.sendAll(["ping", "set k v"]);
  const theirs = parse(await referee.send("info everything"));
  const found = info(ours, "everything");
  t.same(found.titles, theirs.titles);
  const missing = [...theirs.fields.keys()].filter((name) => !found.fields.has(name));
  t.same(
    missing.filter((name) => !name.startsWith("latency_")),
    [],
  );
});
