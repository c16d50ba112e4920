/** Column types with values that collide, stand at the edges, or look alike and are not. */
export interface ColumnType {
  readonly name: string;
  readonly sql: string;
  readonly values: readonly string[];
  /** Spellings that occur in queries only. */
  readonly literals?: readonly string[];
  readonly operators: readonly string[];
  /** The function that a cast of this domain to `json` names: PostgREST shows its values through it. */
  readonly shownBy?: string;
  /** SQL that makes the type. */
  readonly representation?: string;
}

const EQUALITY = ["eq", "neq", "in", "isdistinct", "eq(any)", "eq(all)"];
const ORDER = [...EQUALITY, "gt", "gte", "lt", "lte", "gt(any)", "lte(all)"];
const TEXT = [...EQUALITY, "like", "ilike", "like(any)", "match", "imatch", "gt", "lte", "fts"];
const ARRAY = ["cs", "cd", "ov", "eq", "neq"];
const JSON_OPERATORS = ["cs", "cd", "eq", "neq", "in"];

export const TYPES: readonly ColumnType[] = [
  { name: "i2", sql: "int2", values: ["-1", "0", "1", "2", "32767"], operators: ORDER },
  {
    name: "i4",
    sql: "int4",
    values: ["0", "1", "2", "3", "-5", "2147483647"],
    literals: [" 1", "+2", "03"],
    operators: ORDER,
  },
  {
    name: "i8",
    sql: "int8",
    values: ["1", "2", "9007199254740992", "9007199254740993", "-9223372036854775808"],
    operators: ORDER,
  },
  {
    name: "num",
    sql: "numeric",
    values: [
      "1",
      "1.0",
      "1.00",
      "2.50",
      "-0.1",
      "1000",
      "123456789012345678901234567890.123456789",
      "NaN",
      "0",
      "Infinity",
    ],
    literals: ["1e3", ".5", "2.5", "-0"],
    operators: ORDER,
  },
  {
    name: "num2",
    sql: "numeric(6,2)",
    values: ["1", "1.5", "2.25", "0"],
    literals: ["1.50", "1.505"],
    operators: ORDER,
  },
  {
    name: "f8",
    sql: "float8",
    values: ["0", "-0", "1.5", "1e300", "NaN", "Infinity", "0.1", "-2"],
    literals: ["0.1000", "1.50", "-Infinity"],
    operators: ORDER,
  },
  { name: "f4", sql: "float4", values: ["0", "0.1", "1.5", "-2"], literals: ["0.10"], operators: ORDER },
  {
    name: "b",
    sql: "bool",
    values: ["true", "false"],
    literals: ["t", "no", "0", "on"],
    operators: [...EQUALITY, "gt"],
  },
  {
    name: "txt",
    sql: "text",
    values: [
      "",
      "a",
      "A",
      "b",
      "ab",
      "é",
      "É",
      "a%b",
      "a_b",
      'x"y',
      "\\",
      "😀",
      "null",
      "a,b",
      " a",
      "(a)",
      "{a}",
      "now",
    ],
    literals: ["a*", "*b", "_", "%", "a\\%b", "*a*", "A*", "i*", "é*", "\\"],
    operators: TEXT,
  },
  {
    name: "vc",
    sql: "varchar(10)",
    values: ["a", "b", "ab", "B", "0"],
    literals: ["a*", "*b"],
    operators: TEXT,
  },
  { name: "ch", sql: "char(4)", values: ["a", "b", "ab"], literals: ["a ", "a   "], operators: EQUALITY },
  {
    name: "u",
    sql: "uuid",
    values: [
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12",
      "00000000-0000-0000-0000-000000000000",
    ],
    literals: ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}"],
    operators: ORDER,
  },
  {
    name: "d",
    sql: "date",
    values: [
      "2024-01-01",
      "2024-02-29",
      "2023-12-31",
      "infinity",
      "-infinity",
      "0044-03-15 BC",
      "10000-01-01",
    ],
    literals: ["2024-01-01T23:00:00Z", "20240101", "Jan 1 2024", "2024-1-1"],
    operators: ORDER,
  },
  {
    name: "ts",
    sql: "timestamp",
    values: [
      "2024-01-01 00:00:00",
      "2024-01-01 00:00:00.000001",
      "2023-12-31 23:59:59.5",
      "infinity",
      "1969-12-31 23:59:59",
    ],
    literals: ["2024-01-01", "2024-01-01T00:00:00+05", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00.0000001"],
    operators: ORDER,
  },
  {
    name: "tz",
    sql: "timestamptz",
    values: [
      "2024-01-01T00:00:00Z",
      "2024-01-01T05:30:00+05:30",
      "2024-01-01T00:00:01Z",
      "infinity",
      "-infinity",
      "2023-06-01T12:00:00.123Z",
    ],
    literals: [
      "2024-01-01",
      "2024-01-01T00:00:00",
      "2023-12-31T19:00:00-0500",
      "2024-01-01 00:00:00.000Z",
      "2024-01-01T00:00Z",
    ],
    operators: ORDER,
  },
  {
    name: "ti",
    sql: "time",
    values: ["00:00:00", "12:00:00", "23:59:59.5"],
    literals: ["12:00"],
    operators: ORDER,
  },
  { name: "iv", sql: "interval", values: ["1 day", "24:00:00", "1 mon"], operators: ORDER },
  {
    name: "jb",
    sql: "jsonb",
    values: [
      '{"a":1,"b":"x","c":[1,2]}',
      '{"a":1.0}',
      '{"a":"1","b":null}',
      "[1,2,{}]",
      '"x"',
      "1",
      "null",
      "{}",
      '{"a":{"b":[{"c":1}]}}',
    ],
    literals: ['{"a":1}', '{"c":[2]}', "[1]", '{"b":null}', '{"a":{}}'],
    operators: JSON_OPERATORS,
  },
  {
    name: "js",
    sql: "json",
    values: ['{"a":1}', '{"a": 1}', '{"a":1,"a":2}', "[]", "null"],
    operators: ["is"],
  },
  {
    name: "ia",
    sql: "int4[]",
    values: ["{1,2}", "{}", "{NULL,1}", "{{1,2},{3,4}}", "{2,2}"],
    literals: ["{1}", "{3,NULL}"],
    operators: ARRAY,
  },
  {
    name: "ta",
    sql: "text[]",
    values: ["{a,b}", "{}", '{"a,b",NULL}', '{"",A}', '{"null"}'],
    literals: ["{a}", '{"b"}'],
    operators: ARRAY,
  },
  { name: "e", sql: "mood", values: ["sad", "ok", "happy"], operators: ORDER },
  { name: "ea", sql: "mood[]", values: ["{sad}", "{ok,happy}", "{}"], operators: ARRAY },
  { name: "dom", sql: "email", values: ["a@x", "b@x", ""], operators: ["eq", "neq", "in", "like"] },
  { name: "by", sql: "bytea", values: ["\\x00ff", "\\x", "\\x61"], operators: ["eq", "gt"] },
  {
    name: "r",
    sql: "int4range",
    values: ["[1,5)", "empty", "[3,9)"],
    literals: ["[2,3]"],
    operators: ["cs", "cd", "ov", "sl", "sr", "adj", "nxr", "nxl", "eq"],
  },
];

const BOUNDED_OPERATORS = [...ARRAY, "isdistinct", "in", "eq(any)", "ov", "eq"];

/** Arrays whose first element is not number 1 as well. `to_json` shows no bounds, `=` compares them. */
export const BOUNDED_TYPES: readonly ColumnType[] = [
  bounded("ia", "int4[]", [
    "{1,2}",
    "[0:1]={1,2}",
    "[2:2]={1}",
    "{1}",
    "{}",
    "[-1:0][2:3]={{1,2},{3,4}}",
    "{{1,2},{3,4}}",
  ]),
  bounded("la", "int8[]", ["{1,9007199254740993}", "[0:1]={1,9007199254740993}", "{NULL}", "[3:3]={NULL}"]),
  bounded("na", "numeric[]", ["{1.0,2}", "[0:1]={1.0,2}", "{1,2}", "[0:1]={1,2.00}"]),
  bounded("ta", "text[]", ["{a,b}", "[0:1]={a,b}", '{"a,b"}', '[5:5]={"a,b"}', "{}"]),
  bounded("ea", "mood[]", ["{sad,ok}", "[0:1]={sad,ok}", "{}"]),
  bounded("ba", "bool[]", ["{t,f}", "[0:1]={t,f}", "[1:2]={t,f}"]),
  bounded("ua", "uuid[]", [
    "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
    "[0:0]={a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
  ]),
  bounded("da", "date[]", ["{2024-01-01}", "[7:7]={2024-01-01}", "{infinity}"]),
  bounded("tza", "timestamptz[]", ["{2024-01-01T00:00:00Z}", "[0:0]={2024-01-01T00:00:00Z}"]),
  bounded("ja", "jsonb[]", ['{"{}","1"}', '[0:1]={"{}","1"}', '{"null"}', '[2:2]={"null"}']),
];

function bounded(name: string, sql: string, values: readonly string[]): ColumnType {
  return { name, sql, values, operators: BOUNDED_OPERATORS };
}

export function columnType(name: string): ColumnType {
  const found = TYPES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
}
