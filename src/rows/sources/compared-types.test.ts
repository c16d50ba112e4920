import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../../testing/random.ts";
import { openServer } from "../../../testing/soundness/database.ts";
import { coarse, type RowValue } from "../coarse.ts";

// LITERALS=100000 SEED=7 npx vitest run src/rows/sources/compared-types.test.ts
const LITERALS = Number(process.env.LITERALS ?? 6_000);
const SEED = Number(process.env.SEED ?? 1);
const AT_ONCE = 300;

/** The types that are followed, and values of each. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  int2: ["-1000", "31", "7"],
  int4: ["-1000", "31", "0", "2147483647"],
  int8: ["9007199254740993", "-31", "-9223372036854775808"],
  numeric: ["1000.50", "-31", "0.1", "1e20", "1e300", "NaN", "Infinity", "-0.0"],
  "numeric(10,2)": ["1000.5", "0"],
  bool: ["t", "f"],
  uuid: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-4000-8000-0000000e1234"],
  text: ["abc", "ABC", "é", "ΟΔΟΣ", "a b", "", " a", "a_b", "7", "true", "null"],
  "char(5)": ["ab", "a", ""],
  "varchar(10)": ["ab ", "ab"],
  citext: ["ΟΔΟΣ", "Abc", "straße", "İ", "ẞ"],
  mood: ["ok", "Not ok"],
};

/** Ways to write a value that a database may read as the same. Some are others, and some are none. */
const SPELLINGS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => ` ${value}`,
  (value) => `\t${value}\n`,
  (value) => `${value}   `,
  (value) => `+${value}`,
  (value) => `-${value}`,
  (value) => value.replace(/(\d)(?=\d)/g, "$1_"),
  (value) => value.replace(/\d/, "00000$&"),
  (value) => value.replace(/\d/, `${"0".repeat(200)}$&`),
  (value) => `${value}.`,
  (value) => `${value}.0`,
  (value) => `${value}e0`,
  (value) => `${value}E+0`,
  (value) => inBase(value, 16, "0x"),
  (value) => inBase(value, 16, "0X").toUpperCase(),
  (value) => inBase(value, 8, "0o"),
  (value) => inBase(value, 2, "0b"),
  (value) => value.toUpperCase(),
  (value) => value.toLowerCase(),
  (value) => Array.from(value, (letter) => letter.toLowerCase()).join(""),
  (value) => `{${value}}`,
  (value) => value.replaceAll("-", ""),
  (value) => value.replace(/(.{4})(?=.)/g, "$1-").replaceAll("--", "-"),
  (value) => value.normalize("NFD"),
  (value) => ofNumber(value, (number) => number.toExponential()),
  (value) => ofNumber(value, (number) => number.toPrecision(20)),
  (value) => ofNumber(value, (number) => String(Math.fround(number))),
  (value) => value.replace("Infinity", "inf"),
  (value) => ({ t: "yes", f: "off" })[value] ?? value,
  (value) => ({ t: "TRUE", f: "n" })[value] ?? value,
  (value) => ({ t: "1", f: "0" })[value] ?? value,
  (value) => ({ t: "tru", f: "fa" })[value] ?? value,
];

function ofNumber(value: string, print: (number: number) => string): string {
  const number = Number(value);
  return Number.isFinite(number) ? print(number) : value;
}

function inBase(value: string, radix: number, prefix: string): string {
  const number = Number(value);
  if (!Number.isInteger(number)) return value;
  return `${number < 0 ? "-" : ""}${prefix}${Math.abs(number).toString(radix)}`;
}

let server: Awaited<ReturnType<typeof openServer>>;
beforeAll(async () => {
  server = await openServer();
  await server.exec(`
    create extension if not exists citext; create type mood as enum ('ok', 'Not ok');
    create function is_equal(text, text) returns boolean language plpgsql as $$
      declare result boolean;
      begin execute format('select %L::%s = %L', $1, split_part($2, ' = ', 1), split_part($2, ' = ', 2)) into result;
        return result;
      exception when others then return null;
      end $$;
  `);
});
afterAll(() => server?.close());

test(`R4. what Postgres takes for equal is compared as equal, by ${LITERALS} literals (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const apart = new Set<string>();
  let equal = 0;
  for (let asked = 0; asked < LITERALS; asked += AT_ONCE) {
    const cases = Array.from({ length: AT_ONCE }, () => {
      const type = random.pick(Object.keys(VALUES));
      const value = random.pick(VALUES[type] as readonly string[]);
      const written = random.pick(SPELLINGS)(random.pick(SPELLINGS)(value));
      return { type, value, written };
    }).filter(({ written }) => written.length <= 256);
    const { rows } = await server.query<{ is: boolean | null; told: string }>(
      `select is_equal(value, type || ' = ' || written) as is, told from (values ${cases
        .map(
          ({ type, value, written }, at) =>
            `(${at}, ${quoted(value)}, '${type}', ${quoted(written)}, to_json(${quoted(value)}::${type})::text)`,
        )
        .join(", ")}) as c (at, value, type, written, told) order by at`,
    );
    for (const [at, { is, told }] of rows.entries()) {
      const { type, value, written } = cases[at] as (typeof cases)[number];
      if (is !== true) continue;
      equal++;
      if (coarse(JSON.parse(told) as RowValue) !== coarse(written))
        apart.add(`${type} ${value}: ${JSON.stringify(written)}`);
    }
  }
  expect([...apart]).toEqual([]);
  expect(equal).toBeGreaterThan(LITERALS / 5);
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
