// OwnedFd: closed once, handed on once, and reported when it is forgotten.
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { EFD_CLOEXEC, F_GETFD } from "../lib/constants.ts";
import { OwnedFd } from "../lib/owned-fd.ts";
import { close, fcntl } from "../lib/sys/file.ts";
import { eventfd } from "../lib/sys/wake.ts";
import { leavesNoFd } from "./helpers/fds.ts";
import { gc } from "./helpers/gc.ts";

const open = () => eventfd(0, EFD_CLOEXEC);
const isOpen = (fd: number) => {
  try {
    return fcntl(fd, F_GETFD) >= 0;
  } catch {
    return false;
  }
};

t.test("using closes the fd at the end of the block", async (t) => {
  const fds: number[] = [];
  {
    using first = new OwnedFd(open());
    using second = new OwnedFd(open());
    fds.push(first.fd, second.fd);
    t.ok(fds.every(isOpen));
  }
  t.notOk(fds.some(isOpen));
  const fails = () => {
    using owned = new OwnedFd(open());
    fds.push(owned.fd);
    throw new Error("midway");
  };
  t.throws(fails, { message: "midway" });
  t.notOk(fds.some(isOpen));
});

t.test("an fd is closed once, however often it is asked for", async (t) => {
  const owned = new OwnedFd(open());
  const { fd } = owned;
  owned.close();
  t.notOk(isOpen(fd) || owned.isOpen);
  const next = open();
  t.equal(next, fd, "the number is someone else's now");
  owned.close();
  owned[Symbol.dispose]();
  t.ok(isOpen(next));
  close(next);
  t.throws(() => owned.fd, /closed or released/);
  t.throws(() => owned.release(), /closed or released/);
});

t.test("a released fd stays open, and is the caller's", async (t) => {
  let fd = -1;
  {
    using owned = new OwnedFd(open());
    fd = owned.release();
    t.notOk(owned.isOpen);
  }
  t.ok(isOpen(fd));
  close(fd);
});

t.test("what is no fd has no owner", async (t) => {
  for (const bad of [-1, 1.5, NaN, "3", undefined]) {
    t.throws(() => new OwnedFd(bad as number), RangeError);
  }
});

/** Makes an owner that nobody has, so that it can be collected. */
function forget(): number {
  return new OwnedFd(open()).fd;
}

async function warningOf(make: () => number): Promise<[Error & { detail?: string }, number]> {
  const warned = once(process, "warning");
  const fd = make();
  let warning: Error | undefined;
  warned.then(([first]) => {
    warning = first;
  });
  for (let tries = 0; tries < 100 && warning === undefined; tries++) {
    gc();
    await setImmediate();
  }
  return [warning ?? new Error("no warning came"), fd];
}

t.test("a forgotten fd is reported, not closed, and with a stack if asked for", async (t) => {
  const [plain, fd] = await warningOf(forget);
  t.match(plain, { name: "FdLeakWarning", code: "FDKIT_LEAK" });
  t.match(plain.message, `fd ${fd} was neither closed nor released`);
  t.notMatch(plain.detail, /forget/);
  t.ok(isOpen(fd));
  OwnedFd.keepStacks = true;
  t.teardown(() => {
    OwnedFd.keepStacks = false;
  });
  const [traced, second] = await warningOf(forget);
  t.match(traced.detail, /Error: made here\n.*\n.*owned-fd\.test\.ts/);
  close(fd);
  close(second);
});

leavesNoFd(t);
