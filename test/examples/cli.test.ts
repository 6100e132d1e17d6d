/** The command `fdkit`, as its users type it. */

import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { Transcript } from "../../examples/cli/transcript.ts";
import { reservePort } from "../helpers/ports.ts";
import { Connection, eventually } from "../helpers/redis-server.ts";
import { type Outcome, ours, Run, run, takePort } from "../helpers/run.ts";

const fdkit = (...args: string[]) => ours("examples/cli/main.js", ...args);

t.jobs = 3;

/** They wait for processes more than they work, so some of them run at once. */
function test(name: string, body: (t: Test) => Promise<void>): void {
  t.test(name, { buffered: true }, body);
}

async function succeeds(t: Test, ...args: string[]): Promise<string> {
  const { ending, output, errors } = await run(t, fdkit(...args));
  t.strictSame({ ending, errors }, { ending: [0, null], errors: "" });
  return Buffer.from(output, "latin1").toString();
}

async function fails(t: Test, status: number, ...args: string[]): Promise<string> {
  const { ending, output, errors } = await run(t, fdkit(...args));
  t.strictSame({ ending, output }, { ending: [status, null], output: "" });
  return errors;
}

/** What it prints on a terminal of so many columns: script(1) makes one. */
async function onTerminal(t: Test, columns: number, env: string, ...args: string[]) {
  const command = fdkit(...args).join(" ");
  // Where CI is set, Node takes no terminal for one that has colours.
  const clean = `unset NO_COLOR FORCE_COLOR CI; stty cols ${columns} rows 24`;
  const script = `${clean}; exec env ${env} ${command}`;
  const { output } = await run(t, ["script", "-qec", script, "/dev/null"]);
  return Buffer.from(output, "latin1").toString().replaceAll("\r\n", "\n");
}

function childrenOf({ process: { pid } }: Run): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, "latin1") : "";
  return (children.match(/\d+/g) ?? []).map(Number);
}

/** Ctrl-C: a terminal sends it to a program and to those that it has started. */
function interrupted(program: Run): Promise<Outcome> {
  for (const pid of childrenOf(program)) process.kill(pid, "SIGINT");
  return program.stop("SIGINT");
}

test("help is everywhere, and goes to stdout", async (t) => {
  const usage = await succeeds(t, "--help");
  t.equal(await succeeds(t, "help"), usage);
  t.equal(await fails(t, 2), usage, "who asks for nothing is told on stderr");
  for (const name of ["redis", "trace", "fds", "examples", "run"]) {
    t.match(usage, new RegExp(`^  ${name} `, "m"));
    const help = await succeeds(t, name, "--help");
    t.ok(help.length > 50, `${name} --help`);
    t.equal(await succeeds(t, "help", name), help);
  }
  t.match(await succeeds(t, "--version"), /^fdkit \d+\.\d+\.\d+, Redis 7\.0\.15\n$/);
});

test("what is wrong is said in two lines", async (t) => {
  const cases: [args: string[], message: string, help: string][] = [
    [["nope"], "there is no command nope", ""],
    [["toString"], "there is no command toString", ""],
    [["help", "nope"], "there is no command nope", ""],
    [["run"], "run needs a step, such as: fdkit run 04", " run"],
    [["run", "99"], "no step is called 99; fdkit examples lists them", " run"],
    [["run", "r99"], "no step is called r99; fdkit examples lists them", " run"],
    [["run", "--loud", "04"], "run has no option --loud", " run"],
    [["run", "04", "1", "2"], "2 is one argument too many", " run"],
    [["examples", "04"], "examples takes no argument", " examples"],
    [["fds", "me"], "fds needs the number of a process, not me", " fds"],
    [["fds", "1", "2"], "fds takes one process", " fds"],
    [["trace"], "trace needs a program, a file for Node", " trace"],
    [["trace", "-e"], "-e needs a value", " trace"],
    [["trace", "-o", "a:b", "a.js"], "-o takes no colon: a:b", " trace"],
    [["trace", "-z", "a.js"], "trace has no option -z", " trace"],
    [["trace", "/nowhere.js"], "there is no file /nowhere.js", " trace"],
  ];
  for (const [args, message, help] of cases) {
    const expected = `fdkit: ${message}\nfdkit${help} --help says what there is.\n`;
    t.equal(await fails(t, 2, ...args), expected);
  }
});

test("the ladder is listed in the order of reading", async (t) => {
  const lines = (await succeeds(t, "examples")).split("\n");
  t.match(lines[0], /^01-server +the textbook's server\./);
  t.match(lines[1], /^01-client +the textbook's client\./);
  t.ok(lines.some((line) => /^04-stream +a byte stream has no boundaries\.$/.test(line)));
  const redis = lines.indexOf("A Redis that grows:");
  t.match(lines[redis + 2], /^redis-steps\/01-framing +a server that understands redis-cli/);
  const narrow = (await onTerminal(t, 60, "NO_COLOR=1", "examples")).split("\n");
  t.ok(narrow.every((line) => line.length <= 60 || line.startsWith("Read")));
  const tiny = (await onTerminal(t, 20, "NO_COLOR=1", "examples")).split("\n");
  t.match(tiny[0], /^01-server +the textbook's$/, "nothing is cut to nothing");
});

test("a step and its partner speak line by line where there is no terminal", async (t) => {
  const port = `${reservePort(t)}`;
  const output = await succeeds(t, "run", "1", port);
  t.strictSame(output.split("\n").sort(), [
    "",
    "01-client │ the server answers: hello",
    `01-server │ listening on 127.0.0.1:${port}`,
  ]);
  for (const name of ["01-client", "examples/01-server.ts"]) {
    t.equal(await succeeds(t, "run", name, port), output, name);
  }
});

test("with their calls, in the order in which they took effect", async (t) => {
  const port = `${reservePort(t)}`;
  const output = await succeeds(t, "run", "--trace", "01", port);
  const calls = [...output.matchAll(/^01-(\w+) │ (\w+)\(/gm)].map(
    ([, who, call]) => `${who} ${call}`,
  );
  const said = (words: string) => calls.indexOf(words);
  t.ok(said("server listen") < said("client connect"), output);
  t.ok(said("client connect") < said("server accept"));
  t.ok(said("client write") < said("server read"));
  t.ok(said("server write") < said("client read"));
  t.equal(calls.length, 13);
  t.notMatch(output, /<\d/);
});

test("what is called again and again is counted", async (t) => {
  const output = await succeeds(t, "run", "--trace", "08", `${reservePort(t)}`);
  t.match(output, /^08-nonblocking │ … \d+ times more$/m);
  t.ok(output.split("\n").length < 60, output);
});

test("on a terminal they stand side by side, if it is wide enough", async (t) => {
  const port = `${reservePort(t)}`;
  const words = ["run", "01", port];
  const bar = (line = "") => line.indexOf("│");
  for (const columns of [80, 120]) {
    const lines = (await onTerminal(t, columns, "NO_COLOR=1", ...words)).split("\n");
    const at = Math.floor((columns - 3) / 2) + 1;
    t.match(lines[0], /^01-server +│ 01-client$/);
    t.strictSame([bar(lines[0]), bar(lines[2]), bar(lines[3])], [at, at, at]);
    t.match(lines[3], /^ +│ the server answers: hello$/);
    t.ok(lines.every((line) => line.length <= columns));
  }
  t.match(await onTerminal(t, 60, "NO_COLOR=1", ...words), /^01-server │ listening/);
  const wide = await onTerminal(t, 120, "NO_COLOR=1", "run", "--trace", ...words.slice(1));
  t.match(wide, /^ +│ connect\(\d+, .*\n +│ {5}sin_addr=inet_addr\("127\.0\.0\.1"\)\}, 16\) = 0$/m);
  const narrow = await onTerminal(t, 80, "NO_COLOR=1", "run", "--trace", ...words.slice(1));
  t.match(narrow, /^01-client │ connect\(/m, "calls need more room");
});

test("colours are for terminals, and for whoever asks for them", async (t) => {
  const colour = /\x1b\[/;
  t.match(await onTerminal(t, 80, "TERM=xterm", "examples"), colour);
  t.notMatch(await onTerminal(t, 80, "TERM=xterm NO_COLOR=1", "examples"), colour);
  t.notMatch(await onTerminal(t, 80, "TERM=dumb", "examples"), colour);
  t.notMatch(await succeeds(t, "examples"), colour);
  const forced = await run(t, ["env", "FORCE_COLOR=1", ...fdkit("examples")]);
  t.match(forced.output, colour);
});

test("lines are put in the order in which things happened", async (t) => {
  const printed: string[] = [];
  const transcript = new Transcript(({ program, text, isCall }) => {
    printed.push(`${program} ${text}${isCall ? "" : "!"}`);
  });
  transcript.add(0, '10.000000 read(4, "x", 1) = 1 <0.000300>');
  transcript.add(0, "it read");
  transcript.add(0, "11.000000 [thread 1] close(4) = 0 <0.000001>");
  transcript.add(1, '10.000200 write(3, "x", 1) = 1 <0.900000>');
  for (let i = 0; i < 3; i++) transcript.add(1, `12.${i}00000 read(3) = -1 EAGAIN <0.000001>`);
  t.strictSame(printed, []);
  transcript.flush();
  t.strictSame(printed, [
    '1 write(3, "x", 1) = 1',
    '0 read(4, "x", 1) = 1',
    "0 it read!",
    "0 [thread 1] close(4) = 0",
    "1 read(3) = -1 EAGAIN",
    "1 … 2 times more",
  ]);
  transcript.add(0, "more");
  while (printed.length < 7) await sleep(5);
  t.equal(printed[6], "0 more!");
});

test("npm run example: the program in the place of the shell, or where to look", async (t) => {
  const example = (...args: string[]) => ["sh", "scripts/example.sh", ...args];
  const port = `${reservePort(t)}`;
  const program = new Run(t, example("01-server", port));
  await program.printed(/listening/);
  // npm hands a signal to the process it started: a shell there would leave the program behind.
  t.equal(await readFile(`/proc/${program.process.pid}/comm`, "latin1"), "node\n");
  await program.stop("SIGTERM");
  for (const [args, what] of [
    [["99-nope"], "There is no program 99-nope."],
    [[], "Which program?"],
  ] as const) {
    const { ending, output, errors } = await run(t, example(...args));
    t.strictSame([ending, output], [[2, null], ""]);
    t.match(errors, `${what} npx fdkit examples lists them; `);
  }
});

test("a step of Redis runs alone, until Ctrl-C", async (t) => {
  const port = reservePort(t);
  const step = new Run(t, fdkit("run", "r02", `${port}`));
  await step.printed(new RegExp(`^redis-steps/02-get-set-del: .* redis-cli -p ${port};.*\nlisten`));
  const connection = await Connection.open(t, { host: "127.0.0.1", port });
  t.equal(await connection.send("*1\r\n$4\r\nPING\r\n"), "+PONG\r\n");
  t.strictSame((await interrupted(step)).ending, [0, null]);
});

test("Ctrl-C while a server starts, or after its client, is a quiet end", async (t) => {
  const early = new Run(t, fdkit("run", "04", `${reservePort(t)}`));
  await eventually(async () => childrenOf(early).length === 1);
  const { ending, output } = await interrupted(early);
  t.strictSame([ending, output], [[0, null], ""], "no client comes any more");
  const late = new Run(t, fdkit("run", "05", `${reservePort(t)}`));
  await late.printed(/six/);
  for (const pid of childrenOf(late)) process.kill(pid, "SIGINT");
  const { ending: end, errors } = await late.ended();
  t.strictSame([end, errors], [[0, null], ""]);
});

test("no program is left behind when the run is ended, or nobody reads it", async (t) => {
  const port = reservePort(t);
  const listens = () =>
    takePort(port).then(
      ({ close }) => close(),
      () => "somebody does",
    );
  const ended = new Run(t, fdkit("run", "r01", `${port}`));
  await ended.printed(/listening/);
  t.strictSame((await ended.stop("SIGTERM")).ending, [143, null]);
  t.ok(await eventually(async () => (await listens()) === undefined));
  const [, file = ""] = ours("examples/03-echo.js");
  for (const command of [fdkit("run", "r01", `${port}`), fdkit("trace", file, `${port}`)]) {
    const hungUp = new Run(t, command);
    await hungUp.printed(/listening/);
    t.strictSame((await hungUp.stop("SIGHUP")).ending, [129, null]);
    t.ok(await eventually(async () => (await listens()) === undefined));
  }
  const listing = await run(t, ["sh", "-c", `${fdkit("examples").join(" ")} | true`]);
  t.equal(listing.errors, "");
  const quoted = fdkit("run", "--trace", "08", `${port}`).join(" ");
  const { errors } = await run(t, ["sh", "-c", `${quoted} | head -n 1`]);
  t.equal(errors, "");
  t.ok(await eventually(async () => (await listens()) === undefined));
});

test("what nobody catches is told with the program's own lines and a hint", async (t) => {
  const port = `${reservePort(t)}`;
  const server = new Run(t, ours("examples/01-server.js", port));
  await server.printed(/\n/);
  const { ending, output } = await run(t, fdkit("run", "03", port));
  t.strictSame(ending, [1, null]);
  const lines = Buffer.from(output, "latin1")
    .toString()
    .replaceAll(/^03-echo {3}│ /gm, "");
  const inUse = `SyscallError: bind: EADDRINUSE \\(address already in use\\) .*:${port}`;
  const hint = "Somebody has this address already, maybe a step in another terminal.";
  t.match(lines, new RegExp(`^${inUse}\n {4}at examples/03-echo\\.ts:\\d+\n${hint}\n$`));
  const [node = "", ...threads] = ours("examples/16-threads.js", port);
  const [, failure = ""] = ours("examples/cli/failure.js");
  const flags = ["--enable-source-maps", "--import", failure];
  const { errors } = await run(t, [node, ...flags, ...threads]);
  const deep = " {4}at examples/16-threads\\.ts:\\d+\n";
  t.match(errors, new RegExp(`^${inUse}\n(${deep}){3}${hint}\n$`));
  await server.stop("SIGINT");
  const { errors: refused } = await run(t, ["npm", "run", "-s", "example", "01-client", port]);
  // What was edited since is translated first, and that is said.
  const own = refused.replace(/^fdkit: .*\n/gm, "");
  t.match(own, /^SyscallError: connect: .*\n {4}at examples\/01-client\.ts:\d+\nNobody .*\n$/);
});

test("a program is traced, with the options of strace", async (t) => {
  const port = reservePort(t);
  const server = new Run(t, ours("examples/01-server.js", `${port}`));
  await server.printed(/\n/);
  const [, client = ""] = ours("examples/01-client.js");
  const traced = await run(t, fdkit("trace", "-e", "connect,write", "-s", "3", client, `${port}`));
  t.strictSame(traced.ending, [0, null]);
  t.equal(traced.output, "the server answers: hello\n");
  t.match(traced.errors, /^connect\(\d+, .*\) = 0 <.*>\nwrite\(\d+, "hel"\.\.\., 5\) += 5 <.*>\n$/);
  const file = `${t.testdir()}/trace`;
  await run(t, fdkit("trace", "--json", "-o", file, client, `${port}`));
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  t.ok(lines.length >= 4 && lines.every((line) => typeof JSON.parse(line) === "object"));
  await server.stop("SIGINT");
});

test("fds tells of the process with this number, and of none that is not there", async (t) => {
  t.match(await succeeds(t, "fds", `${process.pid}`), /^FD +KIND/);
  t.equal(await fails(t, 1, "fds", "999999999"), "fdkit: there is no process 999999999\n");
  if (process.getuid?.() === 0) t.match(await succeeds(t, "fds", "1"), /^FD +KIND/);
  else t.equal(await fails(t, 1, "fds", "1"), "fdkit: process 1 is another user's: ask as root\n");
});

test("redis starts the server", async (t) => {
  const server = new Run(t, fdkit("redis", "--port", "0", "--bind", "127.0.0.1"));
  const [, port = ""] = await server.printed(/Listening on 127\.0\.0\.1:(\d+)/);
  const connection = await Connection.open(t, { host: "127.0.0.1", port: Number(port) });
  t.equal(await connection.send("PING\r\n"), "+PONG\r\n");
  await server.stop("SIGINT");
});
