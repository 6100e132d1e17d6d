// lib/constants.ts and native/constants.cc have the same names, and the values are the kernel's.
import { readFileSync } from "node:fs";
import { constants as os } from "node:os";
import t from "tap";
import * as named from "../lib/constants.ts";
import { constants, errnos } from "../lib/native.ts";
import * as structs from "../lib/structs.ts";

const exported: Record<string, number> & typeof named & typeof structs = { ...named, ...structs };

const source = readFileSync(new URL("../native/constants.cc", import.meta.url), "utf8");
const optional = [...source.matchAll(/^#ifdef (\w+)$/gm)].map(([, name]) => name);
const lacking = optional.filter((name) => !(name in constants));

t.test(
  "TypeScript names exactly what the addon has, or would have with newer headers",
  async (t) => {
    t.strictSame(Object.keys(exported).sort(), [...Object.keys(constants), ...lacking].sort());
  },
);

t.test("every constant is an integer, and bits are unsigned", async (t) => {
  const wrong = Object.entries(exported).filter(
    ([name, value]) =>
      !(Number.isInteger(value) && value >= 0 && value < 2 ** 32) && !lacking.includes(name),
  );
  t.strictSame(wrong, []);
  t.equal(exported.EPOLLET, 2 ** 31);
});

t.test("errnos and signals are the numbers that Node has", async (t) => {
  for (const [name, value] of Object.entries({ ...os.errno, ...os.signals })) {
    if (name in constants) t.equal(constants[name], value, name);
  }
  const known = new Set(errnos.map(({ errno }) => errno));
  t.strictSame(
    Object.values(os.errno).filter((errno) => !known.has(errno)),
    [],
  );
});

t.test("the layouts are those of the C structs", async (t) => {
  const { SIZEOF_EPOLL_EVENT, OFFSETOF_EPOLL_EVENT_DATA } = exported;
  const packed = process.arch === "x64";
  t.strictSame([SIZEOF_EPOLL_EVENT, OFFSETOF_EPOLL_EVENT_DATA], packed ? [12, 4] : [16, 8]);
  t.equal(exported.SIZEOF_SOCKADDR_IN, 16);
  t.equal(exported.SIZEOF_SOCKADDR_IN6, 28);
  t.equal(exported.SIZEOF_SOCKADDR_UN - exported.OFFSETOF_SUN_PATH, 108);
  t.equal(exported.SIZEOF_SOCKADDR_STORAGE, 128);
});
