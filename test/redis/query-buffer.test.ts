/** The bytes of a request that is not complete. */

import t from "tap";
import { QueryBuffer } from "../../examples/redis/query-buffer.ts";

function content(query: QueryBuffer): string {
  return query.buffer.toString("latin1", query.start, query.end);
}

t.test("what is appended stands behind what is there, whatever was used up before", (t) => {
  const query = new QueryBuffer();
  const source = Buffer.from("abcdefghij");
  let expected = "";
  for (let i = 0; i < 2000; i++) {
    query.append(source, i % 7, 10);
    expected += "abcdefghij".slice(i % 7);
    if (i % 3 === 0) {
      query.consume(query.start + 4);
      expected = expected.slice(4);
    }
    if (content(query) !== expected) throw new Error(`after ${i}`);
  }
  query.consume(query.end);
  t.equal(query.length, 0);
  t.equal(query.buffer.length, 0, "an empty one has no memory");
  t.end();
});

t.test("a large buffer that is given back serves the next request, and one at a time", (t) => {
  const [one, two, three] = [new QueryBuffer(), new QueryBuffer(), new QueryBuffer()];
  const bytes = Buffer.alloc(100_000, "x");
  one.append(bytes, 0, bytes.length);
  const { buffer } = one;
  one.consume(one.end);
  two.append(bytes, 0, bytes.length);
  three.append(bytes, 0, bytes.length);
  t.equal(two.buffer, buffer);
  t.not(three.buffer, buffer);
  t.end();
});
