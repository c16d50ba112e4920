import { expect, test } from "vitest";
import { startPostgres } from "../../../testing/postgres.ts";
import { Random } from "../../../testing/random.ts";
import { hasTimeWord } from "./time-words.ts";

test.each([
  ["now", true],
  ["Today 10:00", true],
  ["[now,)", true],
  ['{"2026-01-01","tomorrow"}', true],
  ["/now", true],
  ["12now", true],
  ["known", false],
  ["how-now-brown-cow", false],
  ["-3/today", true],
  ["today-01", true],
  ["{n\\ow}", true],
  ['[n""ow,)', true],
  ['{"[\\"tod\\\\\\\\ay\\",)"}', true],
  ['{"how-n\\ow-brown-cow"}', false],
] as const)("Whether a text may be the present time: %s", (text, may) => {
  expect(hasTimeWord(text)).toBe(may);
});

test("Every text in which Postgres finds the present time has a word for it", async () => {
  const seed = Number(process.env.TIME_WORDS_SEED ?? Date.now() % 1e6);
  const random = Random.spread(seed);
  const words = [
    "now",
    "today",
    "tomorrow",
    "yesterday",
    "NOW",
    "Today",
    "allballs",
    "epoch",
    "utc",
    "z",
    "t",
    "am",
    "bc",
  ].concat([
    "jan",
    "monday",
    "10:00",
    "2026",
    "01",
    "1",
    "+05",
    "-3",
    "europe/paris",
    "est",
    "x",
    "at",
    "on",
    "dst",
    "",
  ]);
  const separators = [" ", "", "-", "/", ".", ",", "_", ":", "+", "\t", "(", "'", ";", "\n"];
  const texts = Array.from({ length: 20_000 }, () => {
    let text = random.chance(0.2) ? random.pick(separators) : "";
    for (let n = 1 + random.below(3); n > 0; n--)
      text += random.pick(words) + random.pick(n > 1 || random.chance(0.2) ? separators : [""]);
    const brackets = random.pick([
      ["", ""],
      ["", ""],
      ["{", "}"],
      ["[", ",)"],
      ["{[", ",)}"],
      ['{"', '"}'],
      ["(", ",1)"],
    ]);
    // Inside of brackets, Postgres takes these out before it reads a time.
    const escapes = brackets[0] !== "" && random.chance(0.4);
    const inner = escapes ? text.replace(/\w/g, (one) => random.pick(["", "", "", "\\", '""']) + one) : text;
    return `${brackets[0]}${inner}${brackets[1]}`;
  });
  const postgres = await startPostgres();
  try {
    const sql = postgres.sql({ max: 1 });
    await sql.unsafe("create type kept as (at timestamptz, number int)");
    const types =
      "timestamptz timestamp date time timestamptz[] date[] tstzrange daterange tstzmultirange tstzrange[] kept kept[]".split(
        " ",
      );
    const read = await sql<{ text: string }[]>`
      select text from unnest(${texts}::text[]) text
      where exists (select from unnest(${types}::text[]) type where pg_input_is_valid(text, type))`;
    const present = read
      .map(({ text }) => text)
      .filter((text) => /now|today|tomorrow|yesterday/i.test(text.replace(/[\\"]/g, "")));
    console.log(JSON.stringify({ seed, read: read.length, present: present.length }));
    expect(present.length).toBeGreaterThan(500);
    expect(present.filter((text) => !hasTimeWord(text))).toEqual([]);
  } finally {
    await postgres.stop();
  }
});
