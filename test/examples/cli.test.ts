/** The command `fdkit`, as its users type it. */

import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { Connection } from "../helpers/redis-server.ts";
import { freePort, ours, Run, run } from "../helpers/run.ts";

const fdkit = (...args: string[]) => ours("examples/cli/main.js", ...args);

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

t.test("help is everywhere, and goes to stdout", async (t) => {
  const usage = await succeeds(t, "--help");
  for (const name of ["redis", "trace", "fds", "examples", "run"]) {
    t.match(usage, new RegExp(`^  ${name} `, "m"));
    t.ok((await succeeds(t, name, "--help")).length > 50, `${name} --help`);
  }
  t.match(await succeeds(t, "--version"), /^fdkit \d+\.\d+\.\d+, Redis 7\.0\.15\n$/);
});

t.test("what is wrong is said in two lines", async (t) => {
  const more = "\nfdkit --help says what there is.\n";
  t.equal(await fails(t, 2, "nope"), `fdkit: there is no command "nope"${more}`);
  t.equal(await fails(t, 2, "toString"), `fdkit: there is no command "toString"${more}`);
  t.equal(await fails(t, 2, "run"), `fdkit: run needs a step, such as: fdkit run 04${more}`);
  t.match(await fails(t, 2, "run", "99"), /no step is called "99"; see: fdkit examples/);
  t.match(await fails(t, 2, "trace"), /trace needs a program/);
  t.match(await fails(t, 2, "trace", "-e"), /-e needs a value/);
  t.match(await fails(t, 2, "trace", "-z", "a.js"), /trace has no option -z/);
  t.match(await fails(t, 2, "trace", "/nowhere.js"), /there is no file \/nowhere.js/);
});

t.test("the ladder is listed in the order of reading", async (t) => {
  const lines = (await succeeds(t, "examples")).split("\n");
  t.match(lines[0], /^01-server +the textbook's server\./);
  t.match(lines[1], /^01-client +the textbook's client\./);
  t.ok(lines.some((line) => /^04-stream +a byte stream has no boundaries\.$/.test(line)));
});

t.test("a step and its partner speak side by side", async (t) => {
  const port = `${await freePort()}`;
  const output = await succeeds(t, "run", "1", port);
  t.strictSame(output.split("\n").sort(), [
    "",
    "01-client │ the server answers: hello",
    `01-server │ listening on 127.0.0.1:${port}`,
  ]);
  t.equal(await succeeds(t, "run", "01-client", port), output, "a client brings its server");
});

t.test("a server that can't listen ends the run with its status", async (t) => {
  const port = await freePort();
  const server = new Run(t, ours("examples/01-server.js", `${port}`));
  await server.printed(/\n/);
  const { ending, output } = await run(t, fdkit("run", "03", `${port}`));
  t.strictSame(ending, [1, null]);
  t.match(output, /^03-echo.*EADDRINUSE/m);
  await server.stop("SIGINT");
});

t.test("a program is traced, with the options of strace", async (t) => {
  const port = await freePort();
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

t.test("fds tells of the process with this number, and of none that is not there", async (t) => {
  t.match(await succeeds(t, "fds", `${process.pid}`), /^FD +KIND/);
  t.match(await fails(t, 1, "fds", "999999999"), /^fds: /);
});

t.test("redis starts the server", async (t) => {
  const server = new Run(t, fdkit("redis", "--port", "0", "--bind", "127.0.0.1"));
  const [, port = ""] = await server.printed(/Listening on 127\.0\.0\.1:(\d+)/);
  const connection = await Connection.open(t, { host: "127.0.0.1", port: Number(port) });
  t.equal(await connection.send("PING\r\n"), "+PONG\r\n");
  await server.stop("SIGINT");
});
