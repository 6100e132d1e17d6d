/** Sets in dumps: sorted integers, or members in any order. */

import type { Settings } from "../config.ts";
import { SetValue } from "../types/set.ts";
import { TYPE_SET, TYPE_SET_INTSET } from "./encoding.ts";
import { intsetMembers, writeIntset } from "./intset.ts";
import { CorruptDump, type RdbReader } from "./reader.ts";
import type { RdbWriter } from "./writer.ts";

export function setType(set: SetValue, settings: Settings): number {
  return set.encoding(settings) === "intset" ? TYPE_SET_INTSET : TYPE_SET;
}

export function writeSet(writer: RdbWriter, set: SetValue, settings: Settings): void {
  if (setType(set, settings) === TYPE_SET_INTSET) {
    const intset = writeIntset(set.inOrder(settings).map(BigInt));
    writer.string(intset, 0, intset.length);
    return;
  }
  writer.number(set.size);
  for (const member of set.values()) writer.text(member);
}

export function readPlainSet(reader: RdbReader): SetValue {
  const set = new SetValue();
  for (let left = reader.someCount(1); left > 0; left--) add(set, reader.text());
  return set;
}

export function readIntset(reader: RdbReader): SetValue {
  const set = new SetValue();
  for (const member of intsetMembers(reader.string())) add(set, member);
  return set;
}

function add(set: SetValue, member: string): void {
  if (!set.add(member)) throw new CorruptDump("a member that is there twice");
}
