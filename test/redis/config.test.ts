/** The table of options, the configuration file, the command line, and CONFIG. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  defaultSettings,
  OPTION_NAMES,
  optionsWithoutEffect,
  parseArguments,
  parseConfigFile,
  UsageError,
} from "../../examples/redis/config.ts";
import { rewriteConfigFile } from "../../examples/redis/config-rewrite.ts";
import { replyError } from "../../examples/redis/errors.ts";
import { testCore } from "../helpers/core-session.ts";
import { NO_REFEREE, sameReplies, startReferee } from "../helpers/referee.ts";

/** What differs from Redis on purpose; the reasons are in options.ts. */
const DELIBERATE = new Set(["bind", "client-output-buffer-limit"]);
/** What the referee is started with. */
const REFEREES_OWN = new Set(["port", "unixsocket", "dir", "enable-debug-command", "save"]);

function directory(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), "fdkit-config-"));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

function usageError(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no error";
}

function parsed(text: string) {
  const settings = defaultSettings();
  parseConfigFile(text, "test.conf", settings);
  return settings;
}

t.test(
  "a configuration file: words, quotes, comments, any case, several lines of save",
  async (t) => {
    const settings = parsed(
      [
        "# a comment",
        "",
        "PORT 7000",
        "  maxmemory 2gb",
        'requirepass "a \\"b\\" \\x00"',
        "logfile ''",
        "bind 127.0.0.1 -::1",
        "save 900 1",
        "save 300 10 60 5\r",
        "slave-priority 7",
        "client-output-buffer-limit pubsub 1mb 1k 9",
        "lua-replicate-commands yes",
      ].join("\n"),
    );
    t.equal(settings.port, 7000);
    t.equal(settings.maxmemory, 2 * 1024 ** 3);
    t.equal(settings.requirepass, 'a "b" \0');
    t.equal(settings.logfile, "");
    t.same(settings.bind, ["127.0.0.1", "-::1"]);
    t.equal(settings.save, "900 1 300 10 60 5");
    t.equal(settings["replica-priority"], 7);
    const limits = settings["client-output-buffer-limit"];
    t.same(limits.pubsub, { hard: 1024 ** 2, soft: 1000, softSeconds: 9 });
    t.equal(limits.normal.hard, 256 * 1024 ** 2, "the other classes stay");
  },
);

t.test("a mistake in a configuration file is told with file and line", async (t) => {
  const mistakes: [string, string][] = [
    ["port 1\nnosuch 1", "test.conf:2: unknown option 'nosuch'"],
    ["port", "test.conf:1: port: value missing"],
    ["port x", "test.conf:1: port x: argument couldn't be parsed into an integer"],
    ["port 70000", "test.conf:1: port 70000: argument must be between 0 and 65535 inclusive"],
    ["port 1 2", "test.conf:1: port 1 2: wrong number of arguments"],
    ['\n\nport "1', "test.conf:3: unbalanced quotes"],
    ["daemonize maybe", "test.conf:1: daemonize maybe: argument must be 'yes' or 'no'"],
    ["unixsocketperm 9", /argument couldn't be parsed as an octal number/.source],
  ];
  for (const [text, message] of mistakes) {
    t.match(
      usageError(() => parsed(text)),
      message,
    );
  }
});

t.test("include reads another file; one that includes itself is noticed", async (t) => {
  const folder = directory(t);
  const [inner, loop] = [join(folder, "inner.conf"), join(folder, "loop.conf")];
  writeFileSync(inner, "port 7001\nbad 1\n");
  writeFileSync(loop, `include ${loop}\n`);
  t.match(
    usageError(() => parsed(`include ${inner}`)),
    `${inner}:2: unknown option 'bad'`,
  );
  writeFileSync(inner, "port 7001\n");
  t.equal(parsed(`include ${inner}`).port, 7001);
  t.match(
    usageError(() => parsed(`include ${loop}`)),
    "too many files include each other",
  );
  t.match(
    usageError(() => parsed("include /no/such.conf")),
    "Can't open config file",
  );
});

t.test("the command line wins over the file; values go up to the next option", async (t) => {
  const file = join(directory(t), "redis.conf");
  writeFileSync(file, "port 7000\ntimeout 5\nmaxclients 9\n");
  const { wish, settings, configFile } = parseArguments([
    file,
    "--port",
    "7002",
    "--bind",
    "127.0.0.1",
    "::1",
    "--maxmemory",
    "1mb",
    "--requirepass",
    "--secret",
    "--save",
    "",
    "--logfile",
    "/tmp/\u00e9",
  ]);
  t.equal(wish, "serve");
  t.equal(configFile, file);
  t.equal(settings.port, 7002);
  t.equal(settings.timeout, 5);
  t.same(settings.bind, ["127.0.0.1", "::1"]);
  t.equal(settings.maxmemory, 1024 ** 2);
  t.equal(settings.requirepass, "--secret", "a value may look like an option that does not exist");
  t.equal(settings.logfile, "/tmp/\u00e9", "paths are text");
  t.same(parseArguments([]).settings, defaultSettings());
  t.equal(parseArguments([]).configFile, "");
  t.same(parseArguments(["--bind", "127.0.0.1 ::1"]).settings.bind, ["127.0.0.1", "::1"]);
});

t.test("help, version, and one line for every mistake", async (t) => {
  for (const word of ["--help", "-h"]) t.equal(parseArguments([word]).wish, "help");
  for (const word of ["--version", "-v"]) t.equal(parseArguments([word]).wish, "version");
  const mistakes: [string[], string][] = [
    [["--nosuch", "1"], "unknown option 'nosuch'; --help tells more"],
    [["--port"], "port: value missing; --help tells more"],
    [["--port", "--timeout", "1"], "port: value missing"],
    [["--port", "x"], "port x: argument couldn't be parsed into an integer"],
    [["/no/such.conf"], "Can't open config file '/no/such.conf': ENOENT"],
  ];
  for (const [argv, message] of mistakes) {
    const told = usageError(() => parseArguments(argv));
    t.ok(told.startsWith(message), told);
    t.notMatch(told, /\n/);
  }
});

t.test("what has no effect here is accepted, and can be told", async (t) => {
  t.same(optionsWithoutEffect(defaultSettings()), []);
  const { settings } = parseArguments(["--appendonly", "yes", "--port", "7000"]);
  t.same(optionsWithoutEffect(settings), ["appendonly"]);
});

t.test("CONFIG GET takes names and patterns, each option once", async (t) => {
  const { send } = testCore({ port: 7000, timeout: 3 });
  t.equal(send(["config", "get", "port"]), "*2\r\n$4\r\nport\r\n$4\r\n7000\r\n");
  t.equal(send(["config", "get", "PORT"]), "*2\r\n$4\r\nPORT\r\n$4\r\n7000\r\n");
  t.equal(
    send(["config", "get", "tim*", "port", "timeout", "p[o]rt", "nosuch*"]),
    "*4\r\n$7\r\ntimeout\r\n$1\r\n3\r\n$4\r\nport\r\n$4\r\n7000\r\n",
  );
  t.equal(send(["config", "get", "nosuch"]), "*0\r\n");
  send(["hello", "3"]);
  t.equal(send(["config", "get", "port"]), "%1\r\n$4\r\nport\r\n$4\r\n7000\r\n");
});

t.test("CONFIG SET tells the server what has changed, after all of it is set", async (t) => {
  const { core, send, logged } = testCore();
  t.equal(send(["config", "set", "timeout", "5", "MAXCLIENTS", "50"]), "+OK\r\n");
  t.same(logged, ["changed timeout", "changed maxclients"]);
  t.equal(core.settings.timeout, 5);
  t.equal(core.settings.maxclients, 50);
});

t.test("CONFIG SET changes all or nothing", async (t) => {
  const { core, send } = testCore();
  const before = { ...core.settings };
  const reply = send(["config", "set", "timeout", "5", "hz", "20", "maxclients", "0"]);
  t.equal(
    reply,
    "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - " +
      "argument must be between 1 and 4294967295 inclusive\r\n",
  );
  t.same(core.settings, before);
});

t.test("a setting that the server refuses to apply is taken back", async (t) => {
  const { core, send } = testCore();
  const before = { ...core.settings };
  const applied: string[] = [];
  core.host.settingChanged = (name) => {
    applied.push(`${name}=${core.settings.port}`);
    if (core.settings.port === 1) throw replyError("ERR Unable to listen on this port");
  };
  t.equal(
    send(["config", "set", "timeout", "9", "port", "1"]),
    "-ERR CONFIG SET failed (possibly related to argument 'timeout') - " +
      "Unable to listen on this port\r\n",
  );
  t.same(core.settings, before);
  t.equal(applied.at(-1), "port=6379", "the server hears of the way back");
});

t.test("protected options need enable-protected-configs", async (t) => {
  const refused =
    "-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config\r\n";
  t.equal(testCore().send(["config", "set", "dir", "/tmp"]), refused);
  const local = testCore({ "enable-protected-configs": "local" });
  t.equal(local.send(["config", "set", "dir", "/tmp"]), "+OK\r\n");
  t.equal(local.core.settings.dir, "/tmp");
});

t.test("CONFIG RESETSTAT makes the counters zero", async (t) => {
  const { core, send } = testCore();
  send(["get", "nosuch"]);
  send(["nosuch"]);
  t.equal(send(["config", "resetstat"]), "+OK\r\n");
  t.equal(core.stats.keyspaceMisses, 0);
  t.equal(core.stats.errorReplies, 0);
  t.notMatch(send(["info", "commandstats"]), "cmdstat_get");
  t.match(send(["info", "commandstats"]), /cmdstat_config\|resetstat:.*failed_calls=0/);
});

t.test("CONFIG REWRITE keeps comments, order and mode of the file", async (t) => {
  const file = join(directory(t), "redis.conf");
  writeFileSync(
    file,
    "# my server\nport 7000\n\nsave 900 1\n# twice\nsave 300 10\ninclude /dev/null\nTIMEOUT 5\n",
  );
  chmodSync(file, 0o640);
  const { settings } = parseArguments([file]);
  settings.timeout = 9;
  settings.requirepass = 'a "b"\n';
  settings.bind = ["::1", "10.0.0.1"];
  rewriteConfigFile(file, settings, []);
  const text = readFileSync(file, "latin1");
  t.equal(
    text,
    "# my server\nport 7000\n\nsave 900 1 300 10\n# twice\ninclude /dev/null\ntimeout 9\n" +
      '# Generated by CONFIG REWRITE\nbind ::1 10.0.0.1\nrequirepass "a \\"b\\"\\n"\n',
  );
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.same(parseArguments([file]).settings, settings, "what was written is what is read");
  rewriteConfigFile(file, settings, []);
  t.equal(readFileSync(file, "latin1"), text, "once more changes nothing");
});

t.test("CONFIG REWRITE without a file, or with one that can't be written, says so", async (t) => {
  const { core, send } = testCore();
  t.equal(send(["config", "rewrite"]), "-ERR The server is running without a config file\r\n");
  Object.assign(core.host, { configFile: "/no/such.conf" });
  t.match(send(["config", "rewrite"]), /^-ERR Rewriting config file: ENOENT/);
});

t.test("every option has the name and the default of the real server", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { send } = testCore();
  const theirs = await referee.send("config get *");
  const names = [...theirs.matchAll(/\$\d+\r\n(.*)\r\n\$\d+\r\n.*\r\n/g)].map(([, name]) => name);
  t.same([...OPTION_NAMES].sort(), names.sort());
  for (const name of OPTION_NAMES) {
    const expected = await referee.send(["config", "get", name]);
    const same = send(["config", "get", name]) === expected;
    if (DELIBERATE.has(name)) t.notOk(same, `${name} differs`);
    else if (!REFEREES_OWN.has(name)) t.equal(send(["config", "get", name]), expected);
  }
});

t.test("the real server accepts and refuses the same values", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const { send } = testCore();
  const values = ["", "x", "-1", "0", "1", "yes", "NO", "1kb", "5%", "99999999999999999999"];
  for (const name of OPTION_NAMES.filter((name) => !isUncomparable(name))) {
    const requests = values.flatMap((value) => [
      ["config", "set", name, value],
      ["config", "get", name],
    ]);
    const expected = await referee.sendAll(requests);
    const found = requests.map((request) => send(request));
    t.same(found, expected, name);
  }
});

/** Options that would cut us off, and those whose acceptance depends on the machine. */
function isUncomparable(name: string): boolean {
  return (
    DELIBERATE.has(name) ||
    REFEREES_OWN.has(name) ||
    /^(?:tls-|oom-)|^(?:requirepass|maxclients|maxmemory-clients|activedefrag)$/.test(name)
  );
}

t.test("the real server says the same of special options", async (t) => {
  const referee = await startReferee(t, "--enable-protected-configs", "yes");
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  // biome-ignore format: a list of commands reads better in lines
  await sameReplies(t, referee, testCore({ "enable-protected-configs": "yes" }), [
    "config", "config nosuch", "config get", "config set", "config set x", "config set x y",
    "config set timeout 1 x", "config set x 1 daemonize yes", "config set daemonize yes x 1",
    "config set timeout 5 TIMEOUT 6", "config set timeout x daemonize yes", "config rewrite x",
    "config set Timeout x", "config resetstat", "config resetstat x", "config rewrite",
    "config set slave-priority 5 replica-priority 6", "config get slave-priority",
    "config set maxmemory 1.5gb", "config set maxmemory 1gB", "config get maxmemory",
    "config set maxmemory 1k", "config get maxmemory", "config set maxmemory 0x10",
    "config set maxmemory 18446744073709551615", "config get maxmemory",
    "config set maxmemory 18446744073709551616", "config set maxmemory 0",
    "config set proto-max-bulk-len 1000",
    "config set client-query-buffer-limit 1gb", "config set client-query-buffer-limit -1",
    "config set hash-max-listpack-value 9223372036854775807", "config get hash-max-listpack-value",
    "config set hash-max-listpack-value 9223372036854775808", "config set timeout 010",
    'config set timeout " 10"', "config set timeout 5k", "config set hz 0", "config get hz",
    "config set hz 1000", "config get hz", "config set maxmemory-clients 0%",
    "config set maxmemory-clients 200%", "config set maxmemory-clients -5",
    "config set client-output-buffer-limit 'normal 1 2'",
    "config set client-output-buffer-limit 'normal a 2 3'",
    "config set client-output-buffer-limit 'normal 0 0 -1'",
    "config set client-output-buffer-limit 'master 1 2 3'",
    "config set client-output-buffer-limit ''", "config get constructor",
    "config set constructor 1", "config set client-output-buffer-limit 'constructor 1 2 3'",
    "config set client-output-buffer-limit 'NORMAL 1gb 2k 3 slave 1 2 3 replica 4 5 6'",
    "config get client-output-buffer-limit", "config set save 900",
    "config set save '900 1 300 10'", "config get save", "config set save ' 10  5'",
    "config set save 'a 1'", "config set save '0 1'", "config set save '1 -1'",
    "config set save ' '", "config set save ''", "config get save",
    "config set notify-keyspace-events KEA", "config get notify-keyspace-events",
    "config set notify-keyspace-events gxE$lshzKtd", "config get notify-keyspace-events",
    "config set notify-keyspace-events xt$lshzmed", "config get notify-keyspace-events",
    "config set notify-keyspace-events AKEmn", "config get notify-keyspace-events",
    "config set notify-keyspace-events Kn$", "config get notify-keyspace-events",
    "config set notify-keyspace-events A", "config get notify-keyspace-events",
    "config set latency-tracking-info-percentiles '1 x'",
    "config set latency-tracking-info-percentiles '101'",
    "config set latency-tracking-info-percentiles '1.23456789012 1e1 99.90'",
    "config get latency-tracking-info-percentiles",
    "config set latency-tracking-info-percentiles ''",
    "config get latency-tracking-info-percentiles", "config set oom-score-adj-values '1 2'",
    "config set oom-score-adj-values '2001 2 3'", "config set oom-score-adj-values 'a 2 3'",
    "config set shutdown-on-sigint 'now save'", "config get shutdown-on-sigint",
    "config set shutdown-on-sigint 'nosave save'", "config set shutdown-on-sigint 'default force'",
    "config get shutdown-on-sigint", "config set loglevel DEBUG", "config get loglevel",
    "config set loglevel x", "config set dir /nosuch", "config set dir /etc/passwd",
    "config set dbfilename a/b", "config set dbfilename x", "config get dbfilename",
    "config set appendfilename x", "config set cluster-announce-hostname a_b",
    "config set cluster-announce-hostname a.b-c",
    `config set cluster-announce-hostname ${"a".repeat(256)}`,
    "config set proc-title-template {x}", "config set proc-title-template '{title} {port}'",
    "config set bind '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17'",
    "config set slowlog-log-slower-than -2", "config set slowlog-log-slower-than -1",
    "config set list-max-listpack-size -6", "config get list-max-ziplist-size",
  ]);
});
