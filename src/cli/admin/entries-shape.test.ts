import { expect, test } from "vitest";
import { entryLines, notesOn, type ShownEntries } from "./entries-shape.ts";
import { shownEntries } from "./shown-entries.ts";

type Entry = ShownEntries["entries"][number];

const plain = (_colour: string, text: string) => text;
const entry = (more: Partial<Entry>): Entry => ({
  ...{ path: "/rest/v1/articles", relation: "public.articles", bytes: 20, status: 200, reads: 3, fills: 1 },
  ...{ filledAgo: 3_000, invalidated: false, inKv: false, watched: true, invalidations: 0 },
  ...more,
});

/** What is said of the state of one. */
const stateOf = (more: Partial<Entry>, byAgeForMs = 0) =>
  entryLines({ entries: [entry(more)], byAgeForMs }, plain)[1]
    ?.match(/ago {2}(.*?) +\/rest|- {2}(\S.*?) +\/rest/)
    ?.slice(1)
    .join("");

test.each<[string, Partial<Entry>, number]>([
  ["fresh", {}, 0],
  ["fresh, in KV", { inKv: true }, 0],
  ["invalidated", { invalidated: true }, 0],
  ["by age for now", { invalidated: true }, 45_000],
  ["by age", { watched: false, invalidated: true }, 45_000],
  ["no answer known", { status: null, invalidated: true, filledAgo: null }, 0],
  ["no answer known", { status: null, invalidated: true, filledAgo: null }, 45_000],
])("the state of a query is said as it is: %s", (said, more, byAgeForMs) => {
  expect(stateOf(more, byAgeForMs)).toBe(said);
});

test("from when on counts are is said, and for how long answers count by their age", () => {
  expect(notesOn({ entries: [], byAgeForMs: 0 }, plain)).toEqual(["counted since the keeper started"]);
  expect(notesOn({ entries: [], byAgeForMs: 45_000 }, plain)).toContainEqual(
    expect.stringMatching(/^for up to 45 s more, answers count by their age: .*keeper\.schemaReload/),
  );
});

test("the gateway is asked whether answers count by their age only where that would explain a state", async () => {
  const asked: string[] = [];
  const client = {
    get: async (path: string) => {
      asked.push(path);
      return { byAgeForMs: 30_000 };
    },
  };
  expect(await shownEntries(client, [entry({})])).toMatchObject({ byAgeForMs: 0 });
  expect(asked).toEqual([]);
  expect(await shownEntries(client, [entry({}), entry({ invalidated: true })])).toMatchObject({
    byAgeForMs: 30_000,
  });
  expect(asked).toEqual(["stats"]);
});
