/**
 * SO_ORIGINAL_DST, behind a real redirection: a network namespace of our own, in which nftables
 * sends every connection to one port. The rule is made through a netlink socket of the toolkit.
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { run } from "./helpers/run.ts";

const LIBRARY = join(fileURLToPath(new URL("..", import.meta.url)), "dist/lib/index.js");

/** The numbers are those of linux/netfilter/nf_tables.h and nfnetlink.h. */
const PROGRAM = `
import * as f from ${JSON.stringify(LIBRARY)};

const be32 = (value) => { const b = Buffer.alloc(4); b.writeInt32BE(value); return b; };
const text = (value) => Buffer.from(value + "\\0");
const attribute = (type, ...parts) => {
  const data = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(4 + data.length, 0);
  head.writeUInt16LE(type, 2);
  return Buffer.concat([head, data, Buffer.alloc(-data.length & 3)]);
};
const nested = (type, ...parts) => attribute(type | 0x8000, ...parts);
let seq = 0;
const message = (type, family, resource, ...attributes) => {
  const data = Buffer.concat([Buffer.from([family, 0, 0, resource]), ...attributes]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + data.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(f.NLM_F_REQUEST | (type > 0xff ? f.NLM_F_CREATE | f.NLM_F_ACK : 0), 6);
  head.writeUInt32LE(seq++, 8);
  return Buffer.concat([head, data]);
};
const TABLES = 10;
const expression = (name, ...data) =>
  nested(1, attribute(1, text(name)), nested(2, ...data));
const redirection = (family, port) => {
  const [table, chain] = [text("t"), text("c")];
  const value = Buffer.from([port >> 8, port & 0xff]);
  return Buffer.concat([
    message(0x10, 0, TABLES),
    message(TABLES << 8 | 0, family, 0, attribute(1, table)),
    message(TABLES << 8 | 3, family, 0, attribute(1, table), attribute(3, chain),
      nested(4, attribute(1, be32(3)), attribute(2, be32(-100))), attribute(7, text("nat"))),
    message(TABLES << 8 | 6, family, 0, attribute(1, table), attribute(2, chain), nested(4,
      expression("immediate", attribute(1, be32(1)), nested(2, attribute(1, value))),
      expression("redir", attribute(1, be32(1))))),
    message(0x11, 0, TABLES),
  ]);
};
const install = (batch) => {
  const fd = f.socket(f.AF_NETLINK, f.SOCK_RAW, f.NETLINK_NETFILTER);
  f.sendto(fd, batch, batch.length, 0, { family: f.AF_NETLINK, pid: 0, groups: 0 });
  const answer = Buffer.alloc(4096);
  for (let i = 0; i < 3; i++) {
    f.recv(fd, answer, answer.length, 0);
    const errno = -answer.readInt32LE(16);
    if (errno !== 0) {
      console.log("no nat: " + f.errnoName(errno));
      process.exit(0);
    }
  }
  f.close(fd);
};
for (const [family, address] of [[f.AF_INET, "127.0.0.1"], [f.AF_INET6, "::1"]]) {
  const listenfd = f.socket(family, f.SOCK_STREAM, 0);
  f.bind(listenfd, { family, address, port: 0 });
  f.listen(listenfd, 1);
  install(redirection(family, f.getsockname(listenfd).port));
  const fd = f.socket(family, f.SOCK_STREAM, 0);
  f.connect(fd, { family, address, port: 7777 });
  const original = f.originalDestination(f.accept(listenfd));
  console.log(original.family === family, original.address, original.port);
}
const plain = f.socket(f.AF_INET, f.SOCK_STREAM, 0);
try {
  f.originalDestination(plain);
} catch (error) {
  console.log(error.code);
}
`;

const isRoot = process.getuid?.() === 0;
const skip = isRoot ? {} : { skip: "it needs root, for a network namespace of its own" };
t.test("a redirected connection knows where it was meant to go", skip, async (t) => {
  const setUp = 'ip link set lo up && exec "$0" "$@"';
  const node = [process.execPath, "--input-type=module", "-e", PROGRAM];
  const { ending, output, errors } = await run(t, ["unshare", "--net", "sh", "-c", setUp, ...node]);
  t.strictSame([ending, errors], [[0, null], ""]);
  const [, lacking] = /^no nat: (.*)\n/.exec(output) ?? [];
  if (lacking !== undefined) {
    t.comment(`not tried: this kernel has no nat for nftables: ${lacking}`);
    return;
  }
  t.equal(output, "true 127.0.0.1 7777\ntrue ::1 7777\nENOENT\n");
});
