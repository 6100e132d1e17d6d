/**
 * The documents say what is: their code stands in the files they name, their output is what comes.
 * DOCS=write npx tap test/docs/docs.test.ts quotes, and runs, anew.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import ts from "typescript";
import { reservePort } from "../helpers/ports.ts";
import { Connection } from "../helpers/redis-server.ts";
import { Run } from "../helpers/run.ts";
import { lackOf } from "./commands.ts";
import { commandsIn, comparable, replay } from "./consoles.ts";
import { type Fence, fencesOf, rewriteFences } from "./fences.ts";
import { quoted, ROOT } from "./quotes.ts";

/** How many sessions run side by side. */
const AT_ONCE = 4;
/** How often one is run again that came out differently. */
const TRIES_ALONE = 2;
const isWriting = process.env.DOCS === "write";
const documents = [
  "README.md",
  ...["docs", "examples", "bench"].flatMap((folder) => {
    const entries = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" });
    return entries.filter((path) => path.endsWith(".md")).map((path) => `${folder}/${path}`);
  }),
];
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");

t.test("quotes are as they stand in the files", async (t) => {
  let quotes = 0;
  for (const path of documents) {
    const expected = rewriteFences(read(path), (fence) => quoted(fence) ?? fence.text);
    if (isWriting) writeFileSync(new URL(path, ROOT), expected);
    t.equal(read(path), expected, path);
    quotes += fencesOf(expected).filter((fence) => quoted(fence) !== undefined).length;
  }
  t.ok(quotes > 30, `${quotes} quotes`);
});

t.test("code that is shown is quoted, or run", async (t) => {
  for (const path of ["README.md", "docs/tour.md", "examples/redis/README.md"]) {
    for (const fence of fencesOf(read(path)).filter(({ info }) => /^ts\b/.test(info))) {
      const isKnown = fence.info === "ts program" || quoted(fence) !== undefined;
      t.ok(isKnown, `${path}:${fence.line} names its file`);
    }
  }
});

t.test("output is what the programs print", { timeout: 110_000 }, async (t) => {
  for (const path of documents) {
    const fences = fencesOf(read(path)).filter((fence) => isPossible(t, fence));
    const replayed = new Map<string, string>();
    const waiting = fences.values();
    const replayAll = async () => {
      for (const fence of waiting) replayed.set(fence.text, await replay(t, fence.text));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, replayAll));
    for (const fence of fences) {
      const { text, line } = fence;
      const isSame = () => comparable(replayed.get(text) as string) === comparable(text);
      // On a busy machine `fdkit run` may miss the last words of a server: again, alone.
      for (let tries = 0; tries < TRIES_ALONE && !isSame(); tries++) {
        replayed.set(text, await replay(t, text));
      }
      if (!isWriting)
        t.equal(comparable(replayed.get(text) ?? ""), comparable(text), `${path}:${line}`);
      if (isSame()) replayed.set(text, text);
    }
    const rewrite = ({ text }: Fence) => replayed.get(text) ?? text;
    if (isWriting) writeFileSync(new URL(path, ROOT), rewriteFences(read(path), rewrite));
  }
});

/** Whether it is a session that can be run here; capturing packets takes root. */
function isPossible(t: Test, { info, text, line }: Fence): boolean {
  if (info !== "console") return false;
  const lacks = commandsIn(text).flatMap((command) => lackOf(command) ?? []);
  const needsRoot = process.getuid?.() !== 0 && text.startsWith("$ sudo ");
  const reason = needsRoot ? "to capture packets needs root" : lacks[0] && `needs ${lacks[0]}`;
  if (reason !== undefined) t.pass(`line ${line}`, { skip: reason });
  return reason === undefined;
}

/** The program of a fence, on a free port in place of the one it names. */
async function startProgram(t: Test, text: string): Promise<number> {
  const port = reservePort(t);
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
  const { outputText } = ts.transpileModule(text, { compilerOptions: options });
  const started = 'console.log("started");\nloop.run();';
  const program = outputText.replace(/\b7002\b/, `${port}`).replace("loop.run();", started);
  const folder = t.testdir({ "program.mjs": program });
  await new Run(t, [process.execPath, `${folder}/program.mjs`]).printed(/started/);
  return port;
}

t.test("the program in the README is one: it echoes", async (t) => {
  const programs = fencesOf(read("README.md")).filter(({ info }) => info === "ts program");
  t.equal(programs.length, 1);
  for (const { text } of programs) {
    const port = await startProgram(t, text);
    const connection = await Connection.open(t, { host: "127.0.0.1", port });
    t.equal(await connection.send("echo"), "echo");
    connection.end();
    t.equal(await connection.rest(), "");
  }
});

t.test("a quote that differs is found, and so is one of nothing", async (t) => {
  const quote = (info: string, text = "") => quoted({ info, text, line: 1 });
  t.match(
    quote("ts examples/03-echo.ts doSomethingWith"),
    /^function doSomethingWith[\s\S]*^}\n$/m,
  );
  t.match(quote("ts examples/01-server.ts program"), /^const port [\s\S]*^}\n$/m);
  t.match(
    quote("ts lib/loop.ts Loop.#sleepMs"),
    /^#sleepMs\(\): number \{\n {2}const[\s\S]*^}\n$/m,
  );
  t.equal(quote("ts program", "x"), undefined);
  t.throws(() => quote("ts examples/03-echo.ts nobody"), /has no nobody/);
  t.throws(() => quote("ts examples/none.ts a"), /ENOENT/);
  t.equal(quote("ts examples/01-server.ts excerpt", "listen(fd, 16);\n"), "listen(fd, 16);\n");
  t.throws(() => quote("ts examples/01-server.ts excerpt", "close(connfd);\nlisten(fd, 16);\n"));
  const document = "```ts examples/03-echo.ts doSomethingWith\nold\n```\n";
  t.match(
    rewriteFences(document, (fence) => quoted(fence) ?? ""),
    /^```ts .*\nfunction/,
  );
});

t.test("calls in two columns that are others, or in another order, are found", async (t) => {
  const info = "text test/examples/calls/01-server.txt beside test/examples/calls/01-client.txt";
  const fence = fencesOf(read("README.md")).find((each) => each.info === info);
  const text = fence?.text ?? "";
  const quote = (from: string | RegExp, to: string) => {
    t.match(text, from);
    return () => quoted({ info, text: text.replace(from, to), line: 1 });
  };
  t.equal(quote(/^/, "")(), text);
  t.throws(quote("[1], 4", "[0], 4"), /server calls setsockopt\(3, .*\[1\], 4\) = 0, not .*\[0\]/);
  t.throws(quote("read(18,", "read(19,"), /client calls read\(3, .*, not read\(4,/);
  t.throws(quote(/.*write\(19.*\n/, ""), /server calls write\(4, .*, not close\(4\)/);
  t.throws(quote(/$/, "close(18) = 0\n"), /server calls no close\(3\)/);
  t.throws(quote(/( +write.*\n)(read.*\n)/, "$2$1"), /server read is before client write/);
});

t.test("a session that differs is found, in whichever terminal", async (t) => {
  const start =
    "server │ $ npm run -s example 01-server 7001\nserver │ listening on 127.0.0.1:7001\n";
  const ask = "client │ $ npm run -s example 01-client 7001\n";
  const answer = "client │ the server answers: hello\n";
  const end = "server │ ^C\n";
  const session = [start, ask, answer, ask, answer, end].join("");
  t.equal(await replay(t, session), session);
  t.equal(await replay(t, session.replace("hello", "goodbye")), session);
  t.equal(await replay(t, session.replace(answer, "")), session, "a line is missing");
  const longer = session.replace(end, `client │ and more\n${end}`);
  t.equal(await replay(t, longer), session, "there is one too many");
  await t.rejects(replay(t, "$ rm README.md\n"), /may not run "rm README.md"/);
  await t.rejects(replay(t, "$ echo | nc -N 127.0.0.1 7001 | sh\n"), /may not run/);
  await t.rejects(replay(t, "nobody says this\n"), /of which terminal/);
});

t.test("two runs are compared without what chance decides", async (t) => {
  t.equal(
    comparable("a │ 127.0.0.1:4000 asked 5 times\nb │ x\na │ 127.0.0.1:7001\n"),
    comparable("a │ 127.0.0.1:5000 asked 7 times\na │ 127.0.0.1:7001\nb │ x\n"),
  );
  t.equal(comparable("2 reads: onetw | o"), comparable("3 reads: o | net | wo"));
  t.not(comparable("2 reads: onetw | o"), comparable("2 reads: onetw | x"));
  t.not(comparable("a │ 1\na │ 2\n"), comparable("a │ 2\na │ 1\n"));
});
