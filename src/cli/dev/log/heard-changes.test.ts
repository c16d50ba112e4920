import { expect, test } from "vitest";
import { paintFor } from "../../print/paint.ts";
import { changeLine, type HeardChange, HeardChanges } from "./heard-changes.ts";

const plain = paintFor({});
const change = (id: number, more: Partial<HeardChange> = {}): HeardChange => ({
  at: `2026-11-28T10:00:00.${String(id).padStart(3, "0")}Z`,
  relation: "public.articles",
  operation: "UPDATE",
  row: { id: String(id) },
  lagMs: 120,
  invalidated: 2,
  ...more,
});

test("a change has the columns of a request, and cannot steer the terminal", () => {
  expect(changeLine(change(1), plain)).toBe(
    "UPDATE        120 ms  2 queries invalidated              public.articles id=1",
  );
  const hostile = change(1, { row: { id: '"a\x1b[2J"' }, invalidated: 1, lagMs: null, operation: "DELETE" });
  expect(changeLine(hostile, plain)).toBe(
    'DELETE                1 query invalidated                public.articles id="a\\u{1b}[2J"',
  );
  expect(changeLine(change(1, { relation: null, row: null, operation: "FLUSH" }), plain)).toMatch(
    /everything$/,
  );
});

test("each change is printed once, oldest first, whatever the gateway has forgotten meanwhile", async () => {
  const lines: string[] = [];
  let changes: HeardChange[] = [];
  const log = new HeardChanges(
    async () => ({ changes }),
    (line) => lines.push(line.replace(/.* /, "")),
    plain,
  );
  await log.look();
  changes = [change(2), change(1)];
  await log.look();
  await log.look();
  changes = [change(3), change(2)];
  await log.look();
  expect(lines).toEqual(["id=1", "id=2", "id=3"]);
});

test("many changes at once are a few lines and their number", async () => {
  const lines: string[] = [];
  const changes = Array.from({ length: 25 }, (_, at) => change(100 - at));
  const log = new HeardChanges(
    async () => ({ changes }),
    (line) => lines.push(line),
    plain,
  );
  await log.look();
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toBe("… and 15 changes more");
});

test("a gateway that does not answer, or not with changes, is no error", async () => {
  const lines: string[] = [];
  const answers = [Promise.reject(new Error("gone")), Promise.resolve({ code: "unauthorized" })];
  const log = new HeardChanges(
    () => answers.shift() ?? Promise.resolve(undefined),
    (line) => lines.push(line),
    plain,
  );
  await log.look();
  await log.look();
  expect(lines).toEqual([]);
});

test("what is skipped is never printed", async () => {
  const lines: string[] = [];
  let changes = [change(1)];
  const log = new HeardChanges(
    async () => ({ changes }),
    (line) => lines.push(line.replace(/.* /, "")),
    plain,
  );
  await log.skip();
  changes = [change(2), change(1)];
  await log.look();
  expect(lines).toEqual(["id=2"]);
});
