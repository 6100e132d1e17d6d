// Glob patterns: what matches, Redis's answers to malformed ones, and what a bad pattern costs.

import t from "tap";
import { Glob } from "../../examples/redis/glob.ts";
import { Random } from "../helpers/random.ts";
import { NO_REFEREE, type Request, startReferee } from "../helpers/referee.ts";

/** Pattern, texts that match, texts that don't. */
// biome-ignore format: a table is read by its columns
const CASES: readonly [string, readonly string[], readonly string[]][] = [
  ["", [""], ["a"]],
  ["*", ["a", "abc", "\0\xff\r\n"], []],
  ["**", ["a", "abc"], []],
  ["?", ["a", "\xff"], ["", "ab"]],
  ["h?llo", ["hello", "hallo", "h*llo"], ["hllo", "heello"]],
  ["h*llo", ["hllo", "heeeello", "hllollo"], ["hell", "ahllo"]],
  ["*lo*", ["lo", "hello", "lol", "alolob"], ["l", "ol", "o l"]],
  ["*a*b*c*", ["abc", "xaxbxcx", "aabbcc"], ["acb", "ab", "cba"]],
  ["*ab", ["ab", "aab", "abab"], ["aba", "b"]],
  ["a*?", ["ab", "abc"], ["a"]],
  ["h[ae]llo", ["hello", "hallo"], ["hillo", "hllo"]],
  ["h[^e]llo", ["hallo", "hbllo", "h^llo"], ["hello", "hllo"]],
  ["h[a-c]llo", ["hallo", "hbllo", "hcllo"], ["hdllo", "h-llo"]],
  ["[c-a]", ["a", "b", "c"], ["d", "-"]],
  ["[a-c-e]", ["a", "b", "c", "-", "e"], ["d"]],
  ["[\\]]", ["]"], ["\\", "a"]],
  ["[a\\-c]", ["a", "-", "c"], ["b", "\\"]],
  ["[^a-c]", ["d", "\xff"], ["a", "b", "c"]],
  ["[]a]", [], ["a", "]", "]a]", "a]"]],
  ["[^]a", ["xa", "]a"], ["a"]],
  ["[abc", ["a", "b", "c"], ["d", "abc", "["]],
  ["[a-", ["a", "-"], ["b", "["]],
  ["[", [], ["[", "a"]],
  ["[^", ["a", "^"], ["", "ab"]],
  ["[\\", ["\\"], ["[", "a"]],
  ["\\*", ["*"], ["a", "\\*", "\\"]],
  ["a\\", ["a\\"], ["a"]],
  ["\\a", ["a"], ["\\a"]],
  ["[\x80-\xff]", ["\x80", "\xc0", "\xff"], ["a", "\x7f"]],
  ["[a-\xff]", ["a", "A", "\0", "\xff"], ["b", "z", "\x80"]],
];

for (const [pattern, matching, others] of CASES) {
  t.test(`the pattern ${JSON.stringify(pattern)}`, async (t) => {
    const glob = new Glob(pattern);
    for (const text of matching) t.ok(glob.matches(text), `matches ${JSON.stringify(text)}`);
    for (const text of others) t.notOk(glob.matches(text), `not ${JSON.stringify(text)}`);
  });
}

t.test("stars alone do not match the empty text, as in Redis", async (t) => {
  t.notOk(new Glob("*").matches(""));
  t.notOk(new Glob("**").matches(""));
});

t.test("many stars cost no more than pattern times text", async (t) => {
  const began = performance.now();
  const text = "a".repeat(10_000);
  t.notOk(new Glob(`${"a*".repeat(500)}b`).matches(text));
  t.notOk(new Glob(`${"*a".repeat(500)}b`).matches(text));
  t.notOk(new Glob(`*${"[a-z]".repeat(500)}b*`).matches(text));
  t.ok(new Glob("*".repeat(100_000)).matches(text));
  t.ok(performance.now() - began < 2000);
});

t.test("the referee matches the same", async (t) => {
  const referee = await startReferee(t);
  if (referee === undefined) return t.pass("compared", { skip: NO_REFEREE });
  const listed = CASES.flatMap(([pattern, yes, no]) => {
    return [...yes, ...no].map((text) => [pattern, text] as const);
  });
  // KEYS does not ask the matcher about a star alone.
  const questions = [...listed, ...randomQuestions(4000)].filter(([pattern]) => pattern !== "*");
  const requests = questions.flatMap<Request>(([pattern, text]) => [
    ["set", text, ""],
    ["keys", pattern],
    ["del", text],
  ]);
  const replies = await referee.sendAll(requests);
  const differences = questions.filter(([pattern, text], i) => {
    return new Glob(pattern).matches(text) !== (replies[i * 3 + 1] !== "*0\r\n");
  });
  t.same(differences, []);
});

/** Short patterns and texts of few letters, so that about half of them match. */
function randomQuestions(count: number): (readonly [string, string])[] {
  const random = new Random(3);
  return Array.from({ length: count }, () => {
    const pattern = random.letters("aab*?[]^-\\\xe9", random.below(8));
    return [pattern, random.letters("aab-]\xe9\\", random.below(6))] as const;
  });
}
