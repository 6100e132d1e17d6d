import {
  close,
  controlMessage,
  encodeControl,
  O_CLOEXEC,
  POLLIN,
  pipe2,
  read,
  scmRights,
  sendmsg,
  write,
} from "fdkit";
import { difference, Missing } from "../check/missing.ts";
import { PATIENCE_MS, type Peer } from "../check/peer.ts";
import type { Exercise } from "../check/stage.ts";
import { sleep, waitFor } from "../check/wait.ts";

/** Two pipes, whose far ends are passed to the server by `peer`. */
function passPipes(peer: Peer): { into: number; outOf: number } {
  const [theirInput, into] = pipe2(O_CLOEXEC);
  const [outOf, theirOutput] = pipe2(O_CLOEXEC);
  const control = encodeControl(controlMessage(scmRights, [theirInput, theirOutput]));
  sendmsg(peer.fd, { buffers: [Buffer.from("x")], control }, 0);
  close(theirInput);
  close(theirOutput);
  return { into, outOf };
}

/** All that comes out of a pipe, to its end. */
function drain(fd: number): string {
  const buffer = Buffer.alloc(65536);
  let text = "";
  for (;;) {
    if (!waitFor(fd, POLLIN, PATIENCE_MS)) {
      throw new Missing(`after ${text.length} bytes nothing comes, and no end: is it closed?`);
    }
    const n = read(fd, buffer, buffer.length);
    if (n === 0) return text;
    text += buffer.toString("latin1", 0, n);
  }
}

function pumps(peer: Peer, pieces: readonly string[]): void {
  const { into, outOf } = passPipes(peer);
  try {
    for (const piece of pieces) {
      write(into, Buffer.from(piece, "latin1"), piece.length);
      sleep(10);
    }
  } catch {
    throw new Missing("nobody holds the other end of the pipe: it was closed without being read");
  } finally {
    close(into);
  }
  try {
    const [expected, heard] = [pieces.join(""), drain(outOf)];
    if (heard !== expected) throw new Missing(difference(expected, heard));
  } finally {
    close(outOf);
  }
}

export const pump: Exercise = {
  name: "13-pump",
  task: "copy from one passed descriptor to the other",
  argument: "name",
  async check(stage) {
    await stage.step("a word goes from one pipe to the other", () => {
      pumps(stage.connect(), ["hello"]);
    });
    await stage.step("30 kB in three pieces arrive whole", () => {
      pumps(stage.connect(), ["a".repeat(10_000), "b".repeat(10_000), "c".repeat(10_000)]);
    });
    await stage.step("nothing at all is copied, too, and both ends are closed", () => {
      pumps(stage.connect(), []);
    });
  },
};
