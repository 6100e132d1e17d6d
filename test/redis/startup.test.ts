/**
 * How the server starts and ends, as a process: arguments, configuration file, greeting, mistakes,
 * signals, SHUTDOWN, the file of a unix socket, moving to other addresses while it runs.
 */

import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { reservePort } from "../helpers/ports.ts";
import {
  Connection,
  eventually,
  folder,
  RedisServer,
  ServerProcess,
  startServer,
  withServer,
} from "../helpers/redis-server.ts";
import { ours, run as runProgram, takePort } from "../helpers/run.ts";

/** Starts a server with exactly these arguments, and waits for the end of the greeting. */
async function start(t: Test, args: string[], input = ""): Promise<RedisServer> {
  const program = new ServerProcess(t, args);
  program.process.stdin?.end(input);
  await program.printed(/stop it:.*\n/);
  const [, host, port] = /Listening on \[?([\d.a-f:]+)\]?:(\d+)\n/.exec(program.output) ?? [];
  const [, path] = /Listening on (\/.*)\n/.exec(program.output) ?? [];
  const isTcp = host !== undefined;
  return new RedisServer(t, program, isTcp ? { host, port: Number(port) } : { path: path ?? "" });
}

/** Runs the program to its end. */
const run = (t: Test, args: string[], input?: string) =>
  runProgram(t, ours("examples/redis/main.js", ...args), input);

/** What CONFIG GET says of one option. */
async function config(client: Connection, name: string): Promise<string> {
  const [, , , , value = ""] = (await client.send(`CONFIG GET ${name}\r\n`)).split("\r\n");
  return value;
}

const BIG = 8 * 1024 * 1024;

/** A client that was sent a reply too large for the socket's buffers, and has not read it. */
async function clientInArrears(server: RedisServer): Promise<Connection> {
  const client = await server.connect();
  await client.send(`SETRANGE big ${BIG - 1} x\r\n`);
  client.pause();
  client.write("GET big\r\nPING\r\n");
  const other = await server.connect();
  while (/\bomem=0 /.test(listed(await other.send("CLIENT LIST\r\n"), "cmd=ping")));
  other.destroy();
  return client;
}

const listed = (reply: string, what: string) =>
  reply.split("\n").find((line) => line.includes(what)) ?? "omem=0 ";

const BIG_REPLY = BIG + `$${BIG}\r\n\r\n+PONG\r\n`.length;

const WAYS_TO_END = [
  "SIGINT",
  "SIGTERM",
  "SHUTDOWN",
  "shutdown nosave",
  "SHUTDOWN SAVE FORCE",
  "SHUTDOWN NOSAVE NOW FORCE",
];

for (const way of WAYS_TO_END) {
  t.test(`${way}: the last replies are sent, the socket's file is removed`, async (t) => {
    const path = join(folder(t), "socket");
    const server = await startServer(t, ["--unixsocket", path]);
    const client = await clientInArrears(server);
    if (way.startsWith("SIG")) {
      server.program.kill(way as NodeJS.Signals);
      await server.program.printed(new RegExp(`Received ${way}, shutting down\n`));
    } else {
      const administrator = await server.connect();
      administrator.write(`ECHO last\r\n${way}\r\nECHO never\r\n`);
      t.equal(await administrator.rest(), "$4\r\nlast\r\n");
    }
    const replies = await client.rest();
    t.equal(replies.length, BIG_REPLY);
    t.ok(replies.endsWith("\0x\r\n+PONG\r\n"));
    await server.endsInPeace();
    t.notOk(existsSync(path));
    t.match(server.program.output, / # Bye\n$/);
  });
}

t.test("a client that never reads does not keep the server from ending", async (t) => {
  const server = await startServer(t);
  const client = await clientInArrears(server);
  const before = performance.now();
  await server.stop();
  t.ok(performance.now() - before > 900, "it had a second for its replies");
  t.ok((await client.rest()).length < BIG_REPLY, "and did not get them all");
});

t.test("a second signal ends the server at once", async (t) => {
  const server = await startServer(t);
  await clientInArrears(server);
  server.program.kill("SIGTERM");
  await server.program.printed(/Received SIGTERM/);
  await server.stop("SIGINT");
  const timeOf = (message: string) => {
    const [, time] = new RegExp(`([\\d:.]+) # ${message}`).exec(server.program.output) ?? [];
    return Date.parse(`2000-01-01T${time}Z`);
  };
  const waited = timeOf("Bye") - timeOf("Received SIGINT");
  t.ok(Math.abs(waited) < 900, "and not after a second");
});

withServer(
  "SHUTDOWN that can't be done is an error, and the server stays",
  [],
  async (t, server) => {
    const client = await server.connect();
    const cases: [string, string][] = [
      ["SHUTDOWN ABORT", "-ERR No shutdown in progress.\r\n"],
      ["SHUTDOWN SAVE", "-ERR Errors trying to SHUTDOWN. Check logs.\r\n"],
      ["SHUTDOWN SAVE NOSAVE", "-ERR syntax error\r\n"],
      ["SHUTDOWN ABORT NOW", "-ERR syntax error\r\n"],
      ["SHUTDOWN NOW ABORT", "-ERR syntax error\r\n"],
      ["SHUTDOWN please", "-ERR syntax error\r\n"],
      ["PING", "+PONG\r\n"],
    ];
    for (const [request, reply] of cases)
      t.equal(await client.send(`${request}\r\n`), reply, request);
  },
);

t.test("the file of a killed server is taken over, that of a live one is not", async (t) => {
  const path = join(folder(t), "socket");
  const killed = await startServer(t, ["--unixsocket", path]);
  killed.program.kill("SIGKILL");
  await killed.program.ended();
  t.ok(existsSync(path), "kill -9 leaves the file behind");

  const server = await startServer(t, ["--unixsocket", path]);
  const client = await server.connect();
  t.equal(await client.send("PING\r\n"), "+PONG\r\n");

  t.strictSame(await run(t, ["--port", "0", "--unixsocket", path]), {
    ending: [1, null],
    output: "",
    errors: `fdkit: bind: EADDRINUSE (address already in use) ${path}\n`,
  });
  t.equal(
    await (await server.connect()).send("PING\r\n"),
    "+PONG\r\n",
    "the first one still serves",
  );
  await server.stop();
});

t.test("a file that is no socket is left alone", async (t) => {
  const path = join(folder(t), "precious");
  writeFileSync(path, "data");
  const { ending, errors } = await run(t, ["--port", "0", "--unixsocket", path]);
  t.strictSame(ending, [1, null]);
  t.equal(errors, `fdkit: bind: EADDRINUSE (address already in use) ${path}\n`);
  t.equal(readFileSync(path, "latin1"), "data");
});

t.test("unixsocketperm is the mode of the socket's file", async (t) => {
  const path = join(folder(t), "socket");
  const server = await start(t, ["--port", "0", "--unixsocket", path, "--unixsocketperm", "750"]);
  t.equal(statSync(path).mode & 0o777, 0o750);
  t.match(server.program.output, `talk to it: redis-cli -s ${path}\n`);
  await server.stop();
});

t.test("what the user got wrong is told in one line", async (t) => {
  const directory = folder(t);
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const { port, close } = await takePort();
  const bad = file("bad.conf", "# fine\nport 0\nnosuch 1\n");
  const outer = file("outer.conf", `include ${bad}\n`);
  const odd = file("odd.conf", 'requirepass "half\n');
  const missing = join(directory, "missing");
  const nowhere = "nowhere to listen: no address in 'bind' is there, and 'unixsocket' is not set";
  const free = ["--port", "0"];
  const long = "a".repeat(108);
  const cases: [args: string[], line: string][] = [
    [["--port", `${port}`], `bind: EADDRINUSE (address already in use) 127.0.0.1:${port}`],
    [["--nosuch", "1"], "unknown option 'nosuch'; --help tells more"],
    [["-p", "7000"], "'-p' is not an option; --help tells more"],
    [["--port"], "port: value missing; --help tells more"],
    [["--port", "x"], "port x: argument couldn't be parsed into an integer; --help tells more"],
    [
      ["--port", "65536"],
      "port 65536: argument must be between 0 and 65535 inclusive; --help tells more",
    ],
    [[...free, "--bind", "nosuch"], "bind: 'nosuch' is not an IPv4 or IPv6 address"],
    [
      [...free, "--bind", "192.0.2.1"],
      "bind: EADDRNOTAVAIL (cannot assign requested address) 192.0.2.1:0",
    ],
    [[...free, "--bind", "-192.0.2.1"], nowhere],
    [[...free, "--bind", ""], nowhere],
    [
      [...free, "--unixsocket", `${missing}/socket`],
      `bind: ENOENT (no such file or directory) ${missing}/socket`,
    ],
    [
      [...free, "--unixsocket", long],
      `unixsocket ${long}: the path of a socket has at most 107 bytes; --help tells more`,
    ],
    [
      [...free, "--logfile", `${missing}/log`],
      `Can't open the log file: ENOENT: no such file or directory, open '${missing}/log'`,
    ],
    [[bad], `${bad}:3: unknown option 'nosuch'`],
    [[outer, ...free], `${bad}:3: unknown option 'nosuch'`],
    [[odd], `${odd}:1: unbalanced quotes`],
    [
      [missing],
      `Can't open config file '${missing}': ENOENT: no such file or directory, open '${missing}'`,
    ],
    [
      [directory],
      `Can't open config file '${directory}': EISDIR: illegal operation on a directory, read`,
    ],
  ];
  const outcomes = await inPairs(cases, ([args]) => run(t, args));
  for (const [i, [args, line]] of cases.entries()) {
    const expected = { ending: [1, null], output: "", errors: `fdkit: ${line}\n` };
    t.strictSame(outcomes[i], expected, args.join(" "));
  }
  await close();
  const left = readdirSync(directory).sort();
  t.strictSame(left, ["bad.conf", "odd.conf", "outer.conf"], "and nothing is left behind");
});

/** Two at a time, since the machine may have no more processors. */
async function inPairs<A, B>(values: readonly A[], work: (value: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (let i = 0; i < values.length; i += 2) {
    results.push(...(await Promise.all(values.slice(i, i + 2).map(work))));
  }
  return results;
}

t.test("--help and --version print that, and nothing is served", async (t) => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  for (const flag of ["--version", "-v"]) {
    t.strictSame(await run(t, [flag]), {
      ending: [0, null],
      output: `fdkit ${version}, Redis 7.0.15\n`,
      errors: "",
    });
  }
  const help = await run(t, ["--help"]);
  t.strictSame([help.ending, help.errors], [[0, null], ""]);
  t.match(help.output, /^Usage: npm start -- .*\n {2}or: {2}npx fdkit redis /);
  t.match(help.output, "--port 7000");
  t.strictSame(await run(t, ["-h"]), help);
});

t.test("the greeting: name, version, process, addresses, and what to do with them", async (t) => {
  const path = join(folder(t), "socket");
  const port = reservePort(t);
  const server = await start(t, ["--port", `${port}`, "--unixsocket", path]);
  const lines = server.program.output.trimEnd().split("\n");
  for (const line of lines) {
    t.match(
      line,
      new RegExp(`^${server.pid}:M \\d\\d [A-Z][a-z]{2} \\d{4} [\\d:]{8}\\.\\d{3} \\* `),
    );
  }
  const texts = lines.map((line) => line.replace(/^.*? \* /, ""));
  t.match(texts.shift(), /^fdkit \d+\.\d+\.\d+, a Redis 7\.0\.15 on raw file descriptors$/);
  t.equal(texts.pop(), `  stop it:    Ctrl-C, or kill ${server.pid}`);
  const onIpv6 = [`Listening on [::1]:${port}`, `  talk to it: redis-cli -h ::1 -p ${port}`];
  t.strictSame(
    texts.filter((text) => !onIpv6.includes(text)),
    [
      `Listening on 127.0.0.1:${port}`,
      `  talk to it: redis-cli -p ${port}`,
      `Listening on ${path}`,
      `  talk to it: redis-cli -s ${path}`,
    ],
  );
  await server.stop("SIGINT");
});

t.test("the server outlives its terminal, and who reads its output", async (t) => {
  const server = await startServer(t);
  const client = await server.connect();
  server.program.process.stdout?.destroy();
  server.program.kill("SIGHUP");
  t.equal(await client.send("PING\r\n"), "+PONG\r\n");
  t.equal(
    await client.send("SHUTDOWN SAVE\r\n"),
    "-ERR Errors trying to SHUTDOWN. Check logs.\r\n",
  );
  t.equal(await client.send("PING\r\n"), "+PONG\r\n", "a line that nobody reads does no harm");
  await server.stop();
});

t.test("logfile takes all that would be printed", async (t) => {
  const directory = folder(t);
  const [log, path] = [join(directory, "log"), join(directory, "socket")];
  writeFileSync(log, "before\n");
  const options = ["--port", "0", "--unixsocket", path, "--logfile", log];
  const program = new ServerProcess(t, options);
  t.ok(await eventually(() => readFileSync(log, "utf8").includes("stop it:")));
  program.kill("SIGTERM");
  t.strictSame([await program.ended(), program.output, program.errors], [[0, null], "", ""]);
  t.match(readFileSync(log, "utf8"), /^before\n\d+:M .*fdkit(?:.*\n)*.*# Bye\n$/);
});

t.test("options of the command line", async (t) => {
  const port = reservePort(t);
  const server = await start(t, [
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--maxclients", "2", "--save", "900", "1"],
    ...["--requirepass", "", "--daemonize", "yes", "--loglevel", "verbose"],
  ]);
  await server.program.printed(/Accepted, but without effect here: daemonize, save\n/);
  t.strictSame(server.endpoint, { host: "127.0.0.1", port });
  const [first, second] = [await server.connect(), await server.connect()];
  t.equal(await first.send("PING\r\n"), "+PONG\r\n");
  t.equal(await second.send("PING\r\n"), "+PONG\r\n");
  const third = await server.connect();
  t.equal(await third.rest(), "-ERR max number of clients reached\r\n");
  const options = { maxclients: "2", save: "900 1", loglevel: "verbose", bind: "127.0.0.1" };
  for (const [name, value] of Object.entries(options)) t.equal(await config(first, name), value);
  await server.stop();
});

t.test("a configuration file, and options after it that win", async (t) => {
  const directory = folder(t);
  writeFileSync(join(directory, "1.conf"), "timeout 1\nhz 20\n");
  writeFileSync(join(directory, "2.conf"), "TIMEOUT 2");
  writeFileSync(join(directory, "ünï.conf"), "databases 3\r\n");
  const file = join(directory, "redis.conf");
  const lines = [
    "# a comment",
    "",
    "   # another",
    "port 0",
    "maxclients 50",
    'requirepass "a \\"b\\"\\x01"',
    "dbfilename 'it\\'s here'",
    `include ${directory}/ünï.conf`,
    `include "${directory}/[0-9].conf" ${directory}/none-*.conf`,
    "slowlog-max-len 7",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const server = await start(t, [file, "--maxclients", "60", "--include", "/dev/null"]);
  const client = await server.connect();
  t.equal(await client.send('AUTH "a \\"b\\"\\x01"\r\n'), "+OK\r\n");
  const expected = {
    maxclients: "60",
    dbfilename: "it's here",
    databases: "3",
    hz: "20",
    timeout: "2",
    "slowlog-max-len": "7",
  };
  for (const [name, value] of Object.entries(expected)) t.equal(await config(client, name), value);
  t.match(await client.send("INFO server\r\n"), `config_file:${file}\r\n`);
  await server.stop();
});

t.test("`-`, first or last, is a configuration from standard input", async (t) => {
  const file = join(folder(t), "redis.conf");
  writeFileSync(file, "hz 20\ntimeout 5\n");
  for (const args of [
    ["-", "--databases", "4"],
    [file, "--databases", "4", "-"],
  ]) {
    const server = await start(t, args, "port 0\ntimeout 7\ndatabases 9\n");
    const client = await server.connect();
    t.equal(await config(client, "timeout"), "7");
    t.equal(await config(client, "databases"), "4");
    t.equal(await config(client, "hz"), args[0] === file ? "20" : "10");
    await server.stop();
  }
  t.strictSame(
    (await run(t, ["-"], "port 0\nnosuch 1\n")).errors,
    "fdkit: -:2: unknown option 'nosuch'\n",
  );
});

t.test("CONFIG SET port and bind move the server; who is connected stays", async (t) => {
  const server = await startServer(t, ["--bind", "127.0.0.1"]);
  const { port: first } = server.endpoint as { port: number };
  const client = await server.connect();
  const isOpen = async (host: string, port: number) => {
    const other = await Connection.open(t, { host, port }).catch(() => undefined);
    return (await other?.send("PING\r\n")) === "+PONG\r\n";
  };
  t.equal(await config(client, "port"), `${first}`, "the kernel's choice is known");

  const second = reservePort(t);
  t.equal(await client.send(`CONFIG SET port ${second}\r\n`), "+OK\r\n");
  t.notOk(await isOpen("127.0.0.1", first));
  t.ok(await isOpen("127.0.0.1", second));
  t.match(await client.send("INFO server\r\n"), `tcp_port:${second}\r\n`);

  t.equal(
    await client.send("CONFIG SET bind 0.0.0.0\r\n"),
    "+OK\r\n",
    "a wider address, same port",
  );
  t.ok(await isOpen("127.0.0.2", second));
  t.equal(await client.send('CONFIG SET bind "127.0.0.3 -192.0.2.1"\r\n'), "+OK\r\n");
  t.notOk(await isOpen("127.0.0.1", second));
  t.ok(await isOpen("127.0.0.3", second));

  const { port: taken, close } = await takePort();
  const refusal = "CONFIG SET failed (possibly related to argument";
  t.equal(
    await client.send(`CONFIG SET timeout 9 bind 127.0.0.1 port ${taken}\r\n`),
    `-ERR ${refusal} 'bind') - Unable to listen on this port: ` +
      `bind: EADDRINUSE (address already in use) 127.0.0.1:${taken}\r\n`,
  );
  await close();
  t.match(await client.send("CONFIG SET bind nosuch\r\n"), `-ERR ${refusal} 'bind') - `);
  t.equal(await config(client, "bind"), "127.0.0.3 -192.0.2.1");
  t.equal(await config(client, "port"), `${second}`);
  t.equal(await config(client, "timeout"), "0");
  t.ok(await isOpen("127.0.0.3", second), "after a failure it is where it was");
  await server.stop();
});

t.test(
  "CONFIG REWRITE keeps comments and order, and the server starts from it again",
  async (t) => {
    const directory = folder(t);
    const file = join(directory, "redis.conf");
    const path = join(directory, "socket");
    writeFileSync(file, "# mine\nport 0\n\n  # limits\nmaxclients 100\nHz 20\n");
    chmodSync(file, 0o600);
    const server = await start(t, [file, "--unixsocket", path]);
    const client = await server.connect();
    t.equal(await client.send("CONFIG SET maxclients 200\r\n"), "+OK\r\n");
    t.equal(await client.send('CONFIG SET requirepass "two words"\r\n'), "+OK\r\n");
    t.equal(await client.send("CONFIG REWRITE\r\n"), "+OK\r\n");
    const text =
      "# mine\nport 0\n\n  # limits\nmaxclients 200\nhz 20\n# Generated by CONFIG REWRITE\n" +
      `unixsocket ${path}\nrequirepass "two words"\n` +
      `user default on #${createHash("sha256").update("two words").digest("hex")} ~* &* +@all\n`;
    t.equal(readFileSync(file, "utf8"), text);
    t.equal(statSync(file).mode & 0o777, 0o600);
    await server.stop();

    const again = await start(t, [file]);
    const other = await again.connect();
    t.equal(await other.send("PING\r\n"), "-NOAUTH Authentication required.\r\n");
    t.equal(await other.send('AUTH "two words"\r\n'), "+OK\r\n");
    t.equal(await config(other, "maxclients"), "200");
    await again.stop();
    t.strictSame(readdirSync(directory), ["redis.conf"], "no file is left behind");
  },
);
