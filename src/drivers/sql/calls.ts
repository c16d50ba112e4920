import type { Dialect } from "./dialect/dialect.ts";
import { Pass } from "./pass-through.ts";
import { hasTimeWord } from "./time-words.ts";
import { asciiLower, isName, isOperator, isWord, type Simple, type Token } from "./token.ts";

/** SQLite's functions of the time, and which of their arguments are times. */
const SQLITE_TIMES: ReadonlyMap<string, readonly number[]> = new Map([
  ["date", [0]],
  ["time", [0]],
  ["datetime", [0]],
  ["julianday", [0]],
  ["unixepoch", [0]],
  ["strftime", [1]],
  ["timediff", [0, 1]],
]);

/** Types of Postgres that read `now` as the present time. */
const TIME_TYPES = new Set(
  `date time timestamp timestamptz daterange tsrange tstzrange datemultirange tsmultirange tstzmultirange`.split(
    " ",
  ),
);
/** Types of Postgres that any value may be cast to. Texts may be cast to others as well, but not to those of the catalogue. */
const PLAIN_TYPES = new Set(
  `int int2 int4 int8 integer bigint smallint numeric decimal real float float4 float8 double text varchar char character
  bpchar bool boolean uuid json jsonb bytea citext name interval bit varbit inet cidr macaddr tsvector tsquery point
  vector halfvec`.split(/\s+/),
);

/** Which functions and casts are called, and whether their results follow from their arguments. */
export class PureCalls {
  readonly called = new Set<string>();
  /** Types that are named, without their schemas. */
  readonly types = new Set<string>();
  /** Columns that are promised to hold no word for the present time. */
  readonly storedTimes = new Set<string>();
  readonly #dialect: Dialect;
  readonly #trustStoredTimes: boolean;
  readonly #timeParameters = new Set<number>();

  constructor(dialect: Dialect, trustStoredTimes: boolean) {
    this.#dialect = dialect;
    this.#trustStoredTimes = trustStoredTimes;
  }

  /** Postgres reads any text as a time wherever one is compared with a time. */
  get timeParameters(): ReadonlySet<number> | "all" {
    return this.#dialect.name === "postgres" ? "all" : this.#timeParameters;
  }

  /** @throws Pass unless the function may stand where a table may */
  set(path: readonly Simple[]): void {
    const name = this.#nameOf(path);
    if (!this.#dialect.sets.has(name)) throw new Pass("unknown-function", name);
  }

  /** @throws Pass unless the function's result follows from its arguments */
  call(path: readonly Simple[], inner: readonly Token[]): void {
    const name = this.#nameOf(path);
    this.called.add(name);
    if (this.#dialect.name === "sqlite") {
      const times = SQLITE_TIMES.get(name);
      if (times !== undefined) this.#timesOf(name, times, argumentsOf(inner));
      else this.#mustBePure(name);
    } else if (TIME_TYPES.has(name)) {
      // With more arguments it makes a time or a range out of others, and reads no text.
      if (argumentsOf(inner).length < 2) this.#castTo(name, inner);
    } else if (name !== "age" || argumentsOf(inner).length !== 2) {
      // `age` of one time is its distance from today.
      this.#mustBePure(name);
    }
  }

  #mustBePure(name: string): void {
    const { functions, sets } = this.#dialect;
    if (!functions.has(name) && !sets.has(name)) throw new Pass("unknown-function", name);
  }

  /** Texts and casts, wherever they stand. */
  token(tokens: readonly Token[], at: number): void {
    if (this.#dialect.name === "sqlite") return;
    const token = tokens[at] as Token;
    if (token.kind === "string" && hasTimeWord(token.text)) throw new Pass("time", token.text);
    // `kind 'a'` is a cast, unless the word is one of SQL's, as in `like 'a'`.
    const before = tokens[at - 1]?.kind === "group" ? tokens[at - 2] : tokens[at - 1];
    if (token.kind === "string" && isName(before)) this.types.add(before.lower);
    // A time with a zone has the zone's offset of today.
    const next = tokens[at + 1]?.kind === "group" ? tokens[at + 2] : tokens[at + 1];
    if (isWord(token, "time") && isWord(next, "with")) throw new Pass("time", "time with time zone");
    // `AT TIME ZONE` and `AT LOCAL` call this.
    if (isWord(token, "zone", "local")) this.called.add("timezone");
    if (isOperator(token, "::")) this.#castTo(this.#typeIn(tokens, at + 1), operandBefore(tokens, at));
  }

  /** `CAST(value AS type)`, of which this is what stands inside. */
  cast(inner: readonly Token[]): void {
    const as = inner.findLastIndex((token) => isWord(token, "as"));
    if (as < 0) throw new Pass("not-understood", "CAST");
    if (this.#dialect.name === "postgres") this.#castTo(this.#typeIn(inner, as + 1), inner.slice(0, as));
  }

  #nameOf(path: readonly Simple[]): string {
    const [first, second, third] = path;
    const isCatalogue =
      this.#dialect.name === "postgres" && second && first?.lower === "pg_catalog" && !third;
    const name = isCatalogue ? second : path.length === 1 ? first : undefined;
    if (name === undefined) throw new Pass("unknown-function", path.map(({ text }) => text).join("."));
    return this.#dialect.name === "sqlite" ? asciiLower(name.text) : name.lower;
  }

  /** A time is a text, a number or a parameter; or anything that must be a number, by the modifier behind it. */
  #timesOf(name: string, places: readonly number[], given: readonly (readonly Token[])[]): void {
    for (const place of places) {
      const value = given[place];
      if (value === undefined) throw new Pass("time", `${name}() of the present`);
      const [modifier] = given[place + 1] ?? [];
      const isNumeric =
        name !== "timediff" &&
        given[place + 1]?.length === 1 &&
        modifier?.kind === "string" &&
        ["unixepoch", "julianday"].includes(asciiLower(modifier.text));
      if (!isNumeric && !this.#isToldTime(value)) this.#mustBeStored(value, `${name}()`);
    }
  }

  /** What is promised is promised of columns, and not of a text that the statement makes. @throws Pass for anything else */
  #mustBeStored(value: readonly Token[], reader: string): void {
    const isPath = value.every((token, at) => (at % 2 === 0 ? isName(token) : isOperator(token, ".")));
    const column = value.at(-1);
    if (!this.#trustStoredTimes || !isPath || !isName(column))
      throw new Pass("time", `${reader} of what may hold 'now'`);
    const isFolded = this.#dialect.name === "postgres" && column.kind === "word";
    this.storedTimes.add(isFolded ? column.lower : column.text);
  }

  #isToldTime(value: readonly Token[]): boolean {
    const [only] = value;
    if (value.length !== 1 || only === undefined) return false;
    if (only.kind === "string" && hasTimeWord(only.text)) throw new Pass("time", only.text);
    if (only.kind === "parameter" && only.index !== undefined) {
      this.#timeParameters.add(only.index);
      return true;
    }
    return only.kind === "string" || only.kind === "number";
  }

  #castTo(type: string, operand: readonly Token[]): void {
    if (PLAIN_TYPES.has(type)) return;
    if (type === "timetz") throw new Pass("time", type);
    const [only] = operand;
    const isTold = operand.length === 1 && only && ["string", "parameter", "number"].includes(only.kind);
    if (TIME_TYPES.has(type)) {
      if (!isTold) this.#mustBeStored(operand, `a cast to ${type}`);
      return;
    }
    // `'posts'::regclass` looks into the catalogue.
    if (!isTold || type.startsWith("reg")) throw new Pass("not-understood", `a cast to ${type}`);
  }

  /** The type that is named here, without its schema if that is the catalogue. */
  #typeIn(tokens: readonly Token[], at: number): string {
    const [schema, name] = [tokens[at], tokens[at + 2]];
    if (!isName(schema)) throw new Pass("not-understood", "a cast");
    if (!isOperator(tokens[at + 1], ".")) {
      this.types.add(schema.lower);
      return schema.lower;
    }
    if (!isName(name) || isOperator(tokens[at + 3], ".")) throw new Pass("not-understood", "a cast");
    this.types.add(name.lower);
    return schema.lower === "pg_catalog" ? name.lower : `${schema.lower}.${name.lower}`;
  }
}

function argumentsOf(inner: readonly Token[]): readonly (readonly Token[])[] {
  if (inner.length === 0) return [];
  const parts: Token[][] = [[]];
  for (const token of inner) {
    if (isOperator(token, ",")) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** What a `::` casts: one token, unless something is in front that it belongs to. */
function operandBefore(tokens: readonly Token[], at: number): readonly Token[] {
  const before = tokens[at - 2];
  const isPart = isOperator(before, ".") || isOperator(before, "::");
  return tokens.slice(isPart ? Math.max(0, at - 3) : at - 1, at);
}
