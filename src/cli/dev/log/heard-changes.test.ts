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

/** A log of the changes that a gateway tells, and what it has printed. */
function logOf(ask: () => Promise<unknown>) {
  const lines: string[] = [];
  return { log: new HeardChanges(ask, (line) => lines.push(line), plain), lines };
}
const lastWord = (line: string) => line.replace(/.* /, "");

test("a change has the columns of a request, and cannot steer the terminal", () => {
  expect(changeLine(change(1), plain)).toBe(
    "UPDATE        120 ms  2 queries invalidated              public.articles id=1",
  );
  const hostile = change(1, { row: { id: '"a\x1b[2J"' }, invalidated: 1, lagMs: null, operation: "DELETE" });
  expect(changeLine(hostile, plain)).toBe(
    'DELETE                1 query invalidated                public.articles id="a\\u{1b}[2J"',
  );
  const flush = change(1, { relation: null, row: null, operation: "FLUSH", invalidated: 0, lagMs: null });
  expect(changeLine(flush, plain)).toMatch(/^FLUSH +all invalidated +everything$/);
});

test("each change is printed once, oldest first, whatever the gateway has forgotten meanwhile", async () => {
  let changes: HeardChange[] = [];
  const { log, lines } = logOf(async () => ({ changes }));
  await log.look();
  changes = [change(2), change(1)];
  await log.look();
  await log.look();
  changes = [change(3), change(2)];
  await log.look();
  expect(lines.map(lastWord)).toEqual(["id=1", "id=2", "id=3"]);
});

test("many changes at once are a few lines and their number", async () => {
  const changes = Array.from({ length: 25 }, (_, at) => change(100 - at));
  const { log, lines } = logOf(async () => ({ changes }));
  await log.look();
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toBe("… and 15 changes more");
});

test("a gateway that does not answer, or not with changes, is no error", async () => {
  const answers = [Promise.reject(new Error("gone")), Promise.resolve({ code: "unauthorized" })];
  const { log, lines } = logOf(() => answers.shift() ?? Promise.resolve(undefined));
  await log.look();
  await log.look();
  expect(lines).toEqual([]);
});

test("what is skipped is never printed", async () => {
  let changes = [change(1)];
  const { log, lines } = logOf(async () => ({ changes }));
  await log.skip();
  changes = [change(2), change(1)];
  await log.look();
  expect(lines.map(lastWord)).toEqual(["id=2"]);
});
