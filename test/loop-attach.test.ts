// The loop as a process: signals from outside, limits, uncaught errors, and life beside Node's own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { connectTcp, readExactly, writeAll } from "../lib/net.ts";
import { close } from "../lib/sys/file.ts";
import { Program } from "./helpers/program.ts";

// libuv opens a spare fd with the first pipe of a process and keeps it: it is no leak of ours.
await once(spawn("true"), "close");
const { leavesNoFd } = await import("./helpers/fds.ts");

/** An echo server on `loop` that prints its port; `live` is run or attach. */
const ECHO = (way: string) => `
  const loop = new Loop();
  const live = () => loop.${way}();
  const buffer = new Uint8Array(65536);
  const listenfd = net.listenTcp("127.0.0.1", 0);
  const echo = {
    ready(connfd) {
      const n = file.read(connfd, buffer, buffer.length);
      if (n > 0) return net.writeAll(connfd, buffer.subarray(0, n));
      loop.remove(connfd);
      file.close(connfd);
    },
  };
  const connected = (connfd) => loop.add(connfd, EPOLLIN, echo);
  const listener = {
    ready(fd) {
      if (net.acceptConnections(fd, 10, connected) < 0) loop.pause(fd, 100);
    },
  };
  loop.add(listenfd, EPOLLIN, listener);
  print(sockets.getsockname(listenfd).port);
`;

const ways = ["run", "attach"];

/** Sends `text` to an echo server and returns what comes back. */
function echoed(connfd: number, text: string): string {
  const bytes = Buffer.alloc(text.length);
  writeAll(connfd, Buffer.from(text));
  return bytes.toString("latin1", 0, readExactly(connfd, bytes, text.length));
}

/** Processor time that a process has used, in milliseconds. proc_pid_stat(5). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function echoServer(t: Test, way: string, code: string, limits?: string) {
  const program = new Program(t, `${ECHO(way)}${code}`, limits);
  const port = Number(await program.line());
  return { program, port };
}

for (const way of ways) {
  t.test(`${way}: kill -INT ends a server that watches no signal`, async (t) => {
    const { program, port } = await echoServer(t, way, "live();");
    const connfd = connectTcp("127.0.0.1", port);
    t.equal(echoed(connfd, "hello"), "hello");
    program.kill("SIGINT");
    t.strictSame(await program.ended(), [null, "SIGINT"]);
    close(connfd);
  });

  t.test(`${way}: onSignal ends it in order, whoever else handles the signal`, async (t) => {
    const handlers = {
      alone: "",
      before: 'process.on("SIGINT", () => {});',
      after: 'setTimeout(() => {}, 1); loop.after(1, () => process.on("SIGINT", () => {}));',
      gone: 'process.on("SIGINT", f); loop.after(1, () => process.off("SIGINT", f));',
    };
    const endings = Object.entries(handlers).map(async ([name, code]) => {
      const { program } = await echoServer(
        t,
        way,
        `const f = () => {};
        ${name === "after" ? "" : code}
        loop.onSignal(SIGINT, () => {
          print("SIGINT");
          file.close(listenfd);
          loop.close();
          process.exit();
        });
        ${name === "after" ? code : ""}
        loop.after(5, () => print("ready"));
        live();`,
      );
      t.equal(await program.line(), "ready");
      program.kill("SIGINT");
      t.strictSame(await program.ended(), [0, null], name);
      t.equal(await program.rest(), "SIGINT\n", name);
    });
    await Promise.all(endings);
  });

  t.test(`${way}: closing the loop gives the signal its default action back`, async (t) => {
    const { program } = await echoServer(
      t,
      way,
      `loop.onSignal(SIGINT, () => {
        loop.close();
        print("closed");
        setInterval(() => {}, 1000);
      });
      print("ready");
      live();`,
    );
    t.equal(await program.line(), "ready");
    program.kill("SIGINT");
    t.equal(await program.line(), "closed");
    program.kill("SIGINT");
    t.strictSame(await program.ended(), [null, "SIGINT"]);
  });

  t.test(`${way}: a storm of signals loses no byte`, async (t) => {
    const { program, port } = await echoServer(
      t,
      way,
      `let n = 0;
      loop.onSignal(SIGUSR2, () => n++);
      loop.onSignal(SIGTERM, () => { print(n > 0); process.exit(); });
      process.on("SIGUSR2", () => {});
      print("ready");
      live();`,
    );
    t.equal(await program.line(), "ready");
    const connfd = connectTcp("127.0.0.1", port);
    const text = "0123456789abcdef".repeat(256);
    for (let i = 0; i < 300; i++) {
      process.kill(program.pid, "SIGUSR2");
      if (echoed(connfd, text) !== text) t.fail(`round ${i}`);
    }
    close(connfd);
    program.kill("SIGTERM");
    t.equal(await program.rest(), "true\n");
  });

  t.test(`${way}: stopped and continued, every() does not make up for it`, async (t) => {
    const program = new Program(
      t,
      `const loop = new Loop();
      let ticks = 0;
      loop.every(20, () => { ticks++; if (ticks === 1) print("ready"); });
      const report = () => { print(ticks); process.exit(); };
      loop.onSignal(constants.SIGCONT, () => loop.after(50, report));
      loop.${way}();`,
    );
    await program.line();
    program.kill("SIGSTOP");
    await sleep(400);
    program.kill("SIGCONT");
    const ticks = Number(await program.line());
    t.ok(ticks >= 2 && ticks <= 8, `${ticks} ticks, not 20`);
  });

  t.test(`${way}: out of fds, the server rests, and recovers when some are free`, async (t) => {
    const { program, port } = await echoServer(
      t,
      way,
      `const { pause } = Loop.prototype;
      let pauses = 0;
      loop.pause = (fd, ms) => { pauses++; pause.call(loop, fd, ms); };
      loop.onSignal(SIGUSR2, () => print(pauses));
      print("ready");
      live();`,
      "ulimit -n 50",
    );
    t.equal(await program.line(), "ready");
    const connfds = Array.from({ length: 60 }, () => connectTcp("127.0.0.1", port));
    t.equal(echoed(connfds[0], "first"), "first");
    const before = processorMs(program.pid);
    await sleep(350);
    t.ok(processorMs(program.pid) - before <= 100, "no spinning");
    program.kill("SIGUSR2");
    const pauses = Number(await program.line());
    t.ok(pauses >= 1 && pauses <= 8, `${pauses} pauses`);
    t.equal(echoed(connfds[0], "still"), "still");
    for (const connfd of connfds.splice(0, 40)) close(connfd);
    for (const connfd of connfds) t.equal(echoed(connfd, "served"), "served");
    for (const connfd of connfds) close(connfd);
  });
}

/** The next `count` lines. */
async function lines(program: Program, count: number): Promise<string[]> {
  const read: string[] = [];
  while (read.length < count) read.push(await program.line());
  return read;
}

t.test("attach: promises, timers, process.on and node:http go on beside it", async (t) => {
  const { program, port } = await echoServer(
    t,
    "attach",
    `import { createServer } from "node:http";
    live();
    const server = createServer((request, response) => response.end("http " + request.url));
    server.listen(0, "127.0.0.1", () => print(server.address().port));
    setInterval(() => {}, 1000);
    Promise.resolve().then(() => print("promise"));
    setTimeout(() => print("setTimeout"), 50);
    process.on("SIGTERM", () => {
      print("SIGTERM");
      server.close();
      process.exit(7);
    });`,
  );
  const [first, second, third] = await lines(program, 3);
  t.equal(first, "promise");
  t.equal(third, "setTimeout");
  const connfd = connectTcp("127.0.0.1", port);
  t.equal(echoed(connfd, "hello"), "hello");
  const request = get({ host: "127.0.0.1", port: Number(second), path: "/beside", agent: false });
  const [response] = await once(request, "response");
  const [body] = await once(response.setEncoding("utf8"), "data");
  t.equal(body, "http /beside");
  t.equal(echoed(connfd, "again"), "again");
  program.kill("SIGTERM");
  t.strictSame(await program.ended(), [7, null]);
  close(connfd);
});

t.test("attach: one callback for the whole batch", async (t) => {
  const program = new Program(
    t,
    `const loop = new Loop();
    const seen = [];
    for (const name of ["a", "b", "c"]) {
      const [readfd, writefd] = file.pipe2(constants.O_CLOEXEC);
      loop.add(readfd, EPOLLIN, {
        ready() {
          loop.remove(readfd);
          seen.push(name);
          Promise.resolve().then(() => seen.push("promise"));
        },
      });
      file.write(writefd, new Uint8Array(1), 1);
    }
    loop.beforeSleep(() => seen.push("sleep"));
    process.on("exit", () => print(seen));
    loop.attach();`,
  );
  // An idle turn may follow. What matters: no promise comes between two handlers.
  t.match(await program.line(), /^a,b,c,sleep,promise,promise,promise(,sleep)*$/);
  t.strictSame(await program.ended(), [0, null]);
});

t.test("attach: an error is an uncaughtException with its stack, the rest is served", async (t) => {
  const program = new Program(
    t,
    `const loop = new Loop();
    const seen = [];
    process.on("uncaughtException", ({ message, stack }) => {
      seen.push(message, /clumsy/.test(stack));
    });
    function clumsy(name) { seen.push(name); throw new Error("from " + name); }
    for (const name of ["a", "b"]) {
      const [readfd, writefd] = file.pipe2(constants.O_CLOEXEC);
      loop.add(readfd, EPOLLIN | EPOLLET, { ready: () => clumsy(name) });
      file.write(writefd, new Uint8Array(1), 1);
    }
    loop.after(20, () => clumsy("timer"));
    loop.after(20, () => { seen.push("next"); loop.close(); });
    process.on("exit", () => print(seen));
    loop.attach();`,
  );
  const each = ["a", "b", "timer"].map((name) => `${name},from ${name},true`).join(",");
  t.equal(await program.line(), `${each},next`);
  t.strictSame(await program.ended(), [0, null]);
});

t.test("attach: nobody catches it, so it ends the process and says why", async (t) => {
  const program = new Program(
    t,
    `const loop = new Loop();
    const [readfd, writefd] = file.pipe2(constants.O_CLOEXEC);
    loop.add(readfd, EPOLLIN, { ready: function clumsyHandler() { throw new Error("broken"); } });
    loop.attach();
    setTimeout(() => file.write(writefd, new Uint8Array(1), 1), 5);`,
  );
  t.strictSame(await program.ended(), [1, null]);
  t.match(program.errors, /Error: broken\n +at (Object\.)?clumsyHandler/);
});

t.test("attach: the process stays while an fd or a timer is left, and no longer", async (t) => {
  const program = new Program(
    t,
    `const loop = new Loop();
    const [readfd, writefd] = file.pipe2(constants.O_CLOEXEC);
    loop.onSignal(SIGTERM, () => {});
    loop.attach();
    loop.add(readfd, EPOLLIN, {
      ready(fd) {
        print("fd");
        loop.remove(fd);
        const late = loop.after(60_000, () => {});
        loop.after(10, () => { print("timer"); late.cancel(); });
      },
    });
    setTimeout(() => file.write(writefd, new Uint8Array(1), 1), 20).unref();`,
  );
  t.strictSame(await lines(program, 2), ["fd", "timer"]);
  t.strictSame(await program.ended(), [0, null]);
});

t.test("attach: a timer cancelled or set outside of a turn counts", async (t) => {
  const program = new Program(
    t,
    `const loop = new Loop();
    loop.attach();
    const late = loop.after(60_000, () => {});
    setTimeout(() => { loop.after(5, () => print("soon")); late.cancel(); }, 5);`,
  );
  t.equal(await program.line(), "soon");
  t.strictSame(await program.ended(), [0, null]);
});

t.test("attach: process.exit and workers end with an attached loop", async (t) => {
  const program = new Program(
    t,
    `const work = async () => {
      const loop = new Loop();
      loop.onSignal(SIGTERM, () => {});
      loop.every(1, () => {});
      loop.attach();
      setTimeout(() => process.exit(3), 30);
    };
    work();
    new Worker("setInterval(() => {}, 1000)", { eval: true });`,
  );
  t.strictSame(await program.ended(), [3, null]);
  t.equal(program.errors, "");
});

leavesNoFd(t);
