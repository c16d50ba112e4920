import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import fc from "fast-check";
import { expect, it } from "vitest";
import { namesOfChange, tableName } from "../../rows/row-name.ts";
import { installD1Sql } from "./install-sql.ts";
import { SCHEMA_QUESTIONS, schemaOf } from "./schema/schema.ts";

const value: fc.Arbitrary<SQLInputValue> = fc.oneof(
  fc.constantFrom<SQLInputValue[]>(
    null,
    0,
    1,
    1n,
    1.5,
    "1",
    "1.0",
    "1.5",
    "",
    "Inf",
    "41",
    "AB",
    "a",
    "hello",
  ),
  fc.constantFrom(Number.POSITIVE_INFINITY, -0, 2 ** 53, 1e20, "1e20", "1.0e+20", "\0a", "x".repeat(300)),
  fc.uint8Array({ maxLength: 4 }),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString("hex").toUpperCase()),
  fc
    .double({ noNaN: true })
    .map((number) => [number, String(number)])
    .chain((both) => fc.constantFrom(...both)),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);

/** Often the same. */
const pair = value.chain((one) => fc.tuple(fc.constant(one), fc.oneof(fc.constant(one), value)));

it.each(["TEXT", "NUMERIC", "INTEGER", "REAL", "VARCHAR(9)", "BOOLEAN"])(
  "R4. an UPDATE that seems to leave a followed column alone has left it alone: %s",
  (type) => {
    const database = new DatabaseSync(":memory:");
    database.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, c ${type}); INSERT INTO t VALUES (1, NULL)`);
    const schema = schemaOf(
      SCHEMA_QUESTIONS.map((sql) => database.prepare(sql).all() as Record<string, unknown>[]),
    );
    for (const sql of installD1Sql(schema, { follow: ["t.c"] })) database.prepare(sql).all();
    const told = database.prepare(
      "SELECT old, new FROM tidemark_outbox WHERE op = 'UPDATE' ORDER BY id DESC LIMIT 1",
    );
    const stored = database.prepare("SELECT quote(c) AS c, typeof(c) AS type FROM t");
    const write = (to: SQLInputValue) => {
      database.prepare("UPDATE t SET c = ?").run(to);
      return { ...(stored.get() as object) };
    };
    const textsOf = (json: unknown) =>
      Object.fromEntries(
        Object.entries(JSON.parse(String(json)) as object).map(([name, each]) => [
          name,
          JSON.stringify(each),
        ]),
      );
    let same = 0;
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const one = write(before);
        const other = write(after);
        const row = told.get() as { readonly old: unknown; readonly new: unknown };
        const names = namesOfChange("t", ["id", "c"], {
          ...{ operation: "UPDATE", old: textsOf(row.old), record: textsOf(row.new) },
        });
        if (names.includes(tableName("t", "followed"))) return;
        same++;
        expect(other).toEqual(one);
      }),
      { numRuns: 1_500 },
    );
    expect(same).toBeGreaterThan(10);
  },
);
