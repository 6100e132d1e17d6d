// Names and texts of errnos, SyscallError, and the line between answers and failures.
import t from "tap";
import { EAGAIN, EBADF, EINPROGRESS, EINTR, EPIPE, EWOULDBLOCK } from "../lib/constants.ts";
import { answer, errnoName, errnoText, SyscallError } from "../lib/errno.ts";
import { errnos } from "../lib/native.ts";

t.test("every errno has a name and a text, each of its own", async (t) => {
  t.ok(errnos.length > 120);
  t.equal(new Set(errnos.map(({ errno }) => errno)).size, errnos.length);
  t.equal(new Set(errnos.map(({ name }) => name)).size, errnos.length);
  for (const { errno, name, text } of errnos) {
    t.equal(errnoName(errno), name);
    t.equal(errnoText(errno).toLowerCase(), text.toLowerCase());
    t.notMatch(text, /unknown|no error information/i, name);
  }
});

t.test("either sign is understood", async (t) => {
  t.equal(errnoName(EBADF), "EBADF");
  t.equal(errnoName(-EBADF), "EBADF");
  t.equal(errnoText(-EPIPE), "broken pipe");
  t.equal(errnoName(EWOULDBLOCK), "EAGAIN");
});

t.test("an errno that nobody knows still has words", async (t) => {
  t.equal(errnoName(-4095), "errno 4095");
  t.equal(errnoText(-4095), "unknown error");
});

t.test("SyscallError says what failed, why, and on what", async (t) => {
  const error = new SyscallError("bind", -EBADF, "127.0.0.1:6379");
  t.ok(error instanceof Error);
  t.equal(error.message, "bind: EBADF (bad file descriptor) 127.0.0.1:6379");
  t.match(error, { name: "SyscallError", code: "EBADF", errno: -EBADF, syscall: "bind" });
  t.match(error.stack, /^SyscallError: bind: EBADF/);
  t.equal(new SyscallError("socket", EBADF).message, "socket: EBADF (bad file descriptor)");
  t.equal(new SyscallError("socket", EBADF).errno, -EBADF);
});

t.test("answers are returned and failures are thrown", async (t) => {
  for (const result of [0, 1, 2 ** 31 - 1, -EAGAIN, -EINPROGRESS, -EINTR]) {
    t.equal(answer(result, "read", 7), result);
  }
  t.throws(() => answer(-EBADF, "read", 77), {
    message: "read: EBADF (bad file descriptor) fd 77",
  });
  t.throws(() => answer(-EPIPE, "sendto", "/tmp/x"), { message: /\(broken pipe\) \/tmp\/x$/ });
  t.throws(() => answer(-4095, "read"), { message: "read: errno 4095 (unknown error)" });
});
