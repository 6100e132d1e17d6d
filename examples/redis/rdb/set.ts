/** Sets in dumps: sorted integers, or members in any order. */

import type { Settings } from "../config.ts";
import { SetValue } from "../types/set.ts";
import { TYPE_SET, TYPE_SET_INTSET } from "./encoding.ts";
import { intsetMembers, writeIntset } from "./intset.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";

export function setType(set: SetValue): number {
  return set.encoding() === "intset" ? TYPE_SET_INTSET : TYPE_SET;
}

export function writeSet(writer: RdbWriter, set: SetValue): void {
  if (setType(set) === TYPE_SET_INTSET) {
    const intset = writeIntset(set.values().map(BigInt));
    writer.string(intset, 0, intset.length);
    return;
  }
  writer.number(set.size);
  for (const member of set.values()) writer.text(member);
}

export function readPlainSet(reader: RdbReader, settings: Settings): SetValue {
  const set = new SetValue();
  for (let left = reader.someCount(1); left > 0; left--) add(set, reader.text(), settings);
  return set;
}

export function readIntset(reader: RdbReader, settings: Settings): SetValue {
  const set = new SetValue();
  for (const member of intsetMembers(reader.string())) add(set, member, settings);
  return set;
}

function add(set: SetValue, member: string, settings: Settings): void {
  if (!set.add(member, settings)) throw new CorruptDump("a member that is there twice");
}
