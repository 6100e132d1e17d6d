// The matrix: bytes through streams. See tcp(7), unix(7), send(2), recv(2).
import t from "tap";
import { readExactly } from "../../../lib/net.ts";
import { send } from "../../../lib/sys/message.ts";
import { leavesNoFd } from "../../helpers/fds.ts";
import { each, families } from "./families.ts";

const streams = families.filter(({ isStream }) => isStream);
const buffer = Buffer.alloc(65536);

each(streams, "bytes arrive in order, whatever pieces they were sent in", (t, family) => {
  const [clientfd, serverfd] = family.connected(t);
  for (const piece of ["a", "stream", "has", "no", "messages"]) {
    t.equal(send(clientfd, Buffer.from(piece), piece.length, 0), piece.length);
  }
  t.equal(readExactly(serverfd, buffer, 20), 20);
  t.equal(buffer.toString("latin1", 0, 20), "astreamhasnomessages");
});

leavesNoFd(t);
