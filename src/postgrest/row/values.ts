import { compareDecimals, type Decimal, decimalKey, parseDecimal, parseSpecial } from "./decimal.ts";
import { unquote } from "./json-source.ts";
import { instantOf, isInfinite, parseMoment } from "./time.ts";

/** A value of one of Postgres' types in a form that compares. */
export type Value = string | bigint | number | Decimal | InstantRange;

/** A `timestamptz` literal without a zone: the session's time zone decides which instant it is. */
interface InstantRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** *different*: not equal, but a collation or a catalog decides which is greater. */
type Comparison = -1 | 0 | 1 | "different" | "unknown";

/** How the values of a type are read and compared. Undefined stands for whatever is not certain. */
export interface TypeRules {
  /** Reads the text in a query as the type's input function would. */
  readonly literal: (text: string) => Value | undefined;
  /** Reads the JSON source of a row's column, which is not `null`. */
  readonly image: (source: string) => Value | undefined;
  readonly compare: (a: Value, b: Value) => Comparison;
  /** Equal for equal values only. Undefined for a value that may equal several others. */
  readonly key: (value: Value) => string | undefined;
}

/** Undefined for a type whose values are not understood. */
export function rulesOf(type: string): TypeRules | undefined {
  return RULES.get(type);
}

const order = (a: bigint | number | string, b: typeof a): Comparison => (a < b ? -1 : a > b ? 1 : 0);
const stringImage = (source: string) => (source.startsWith('"') ? unquote(source) : undefined);

const integer: TypeRules = {
  literal: (text) => (/^\s*[+-]?\d{1,20}\s*$/.test(text) ? BigInt(text.trim().replace("+", "")) : undefined),
  image: (source) => (/^-?\d{1,20}$/.test(source) ? BigInt(source) : undefined),
  compare: (a, b) => order(a as bigint, b as bigint),
  key: String,
};

const numeric: TypeRules = {
  literal: (text) => parseDecimal(text.trim()),
  image: (source) => parseDecimal(stringImage(source) ?? source),
  compare: (a, b) => compareDecimals(a as Decimal, b as Decimal) as Comparison,
  key: (value) => decimalKey(value as Decimal),
};

/** JSON shows a double by its shortest digits, which mean the same double here and in Postgres. */
const double: TypeRules = {
  literal: (text) => doubleOf(text.trim()),
  image: (source) => doubleOf(stringImage(source) ?? source),
  compare: (a, b) => {
    // In Postgres NaN equals itself, and is greater than everything else.
    const [left, right] = [Number.isNaN(a), Number.isNaN(b)];
    return left || right ? order(Number(left), Number(right)) : order(a as number, b as number);
  },
  key: (value) => String((value as number) + 0),
};

const boolean: TypeRules = {
  literal: (text) => booleanLiteral(text.trim().toLowerCase()),
  image: (source) => (source === "true" ? 1 : source === "false" ? 0 : undefined),
  compare: (a, b) => order(a as number, b as number),
  key: String,
};

const uuid: TypeRules = {
  literal: uuidDigits,
  image: (source) => uuidDigits(stringImage(source) ?? ""),
  compare: (a, b) => order(a as string, b as string),
  key: String,
};

/** For deterministic collations only: equal texts have equal bytes. Which text is greater is not known here. */
const text: TypeRules = {
  literal: (value) => value,
  image: stringImage,
  compare: (a, b) => (a === b ? 0 : "different"),
  key: String,
};

const date: TypeRules = {
  literal: (value) => {
    const moment = literalMoment(value);
    return moment === undefined || moment.hasTime ? undefined : moment.local;
  },
  image: (source) => parseMoment(stringImage(source) ?? "")?.local,
  compare: (a, b) => order(a as bigint, b as bigint),
  key: String,
};

/** As documented, a time zone in the input of `timestamp` is silently ignored. */
const timestamp: TypeRules = {
  literal: (value) => literalMoment(value)?.local,
  image: (source) => parseMoment(stringImage(source) ?? "")?.local,
  compare: (a, b) => order(a as bigint, b as bigint),
  key: String,
};

/** With more than nine digits, rounding twice, by way of a double, could differ from what Postgres does. */
const single: TypeRules = {
  literal: (text) => (text.replace(/\D/g, "").length > 9 ? undefined : rounded(doubleOf(text.trim()))),
  image: (source) => rounded(doubleOf(stringImage(source) ?? source)),
  compare: double.compare,
  key: double.key,
};

const time: TypeRules = {
  literal: (value) => timeOfDay(value.trim()),
  image: (source) => timeOfDay(stringImage(source) ?? ""),
  compare: (a, b) => order(a as number, b as number),
  key: String,
};

/** Only the hex format. Bytes sort as their digits do. */
const bytea: TypeRules = {
  literal: hexDigits,
  image: (source) => hexDigits(stringImage(source) ?? ""),
  compare: (a, b) => order(a as string, b as string),
  key: String,
};

/** Microseconds. Postgres accepts zones up to `XYZ-167:59:59`. */
const WEEK = 604_800_000_000n;

const timestamptz: TypeRules = {
  literal: (value) => {
    const moment = literalMoment(value);
    if (moment === undefined || isInfinite(moment)) return moment?.local;
    const { local } = moment;
    return instantOf(moment) ?? { from: local - WEEK, to: local + WEEK };
  },
  image: (source) => {
    const moment = parseMoment(stringImage(source) ?? "");
    return moment === undefined ? undefined : instantOf(moment);
  },
  compare: (a, b) => {
    if (typeof b === "bigint") return order(a as bigint, b);
    const range = b as InstantRange;
    return (a as bigint) < range.from ? -1 : (a as bigint) > range.to ? 1 : "unknown";
  },
  key: (value) => (typeof value === "bigint" ? String(value) : undefined),
};

const RULES: ReadonlyMap<string, TypeRules> = new Map([
  ["int2", integer],
  ["int4", integer],
  ["int8", integer],
  ["numeric", numeric],
  ["float4", single],
  ["float8", double],
  ["bool", boolean],
  ["uuid", uuid],
  ["text", text],
  ["varchar", text],
  ["enum", text],
  ["bytea", bytea],
  ["date", date],
  ["time", time],
  ["timestamp", timestamp],
  ["timestamptz", timestamptz],
]);

function doubleOf(value: string): number | undefined {
  const special = parseSpecial(value);
  if (special !== undefined) return special;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value) || value.length > 400) return undefined;
  const number = Number(value);
  // Postgres refuses what a double cannot hold, and what would become zero.
  if (!Number.isFinite(number) || Math.abs(number) < 1e-300) return /[1-9]/.test(value) ? undefined : 0;
  return number;
}

function rounded(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return value;
  const single = Math.fround(value);
  // Postgres refuses what overflows, and what would become zero.
  return single === undefined || !Number.isFinite(single) || (single === 0 && value !== 0)
    ? undefined
    : single;
}

/** Microseconds since midnight. */
function timeOfDay(value: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/.exec(value);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = "0", fraction = ""] = match;
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return whole * 1_000_000 + Number(fraction.padEnd(6, "0"));
}

function hexDigits(value: string): string | undefined {
  return /^\\x([0-9a-f]{2})*$/i.test(value) ? value.slice(2).toLowerCase() : undefined;
}

/** Postgres accepts any unambiguous beginning of these words, so `o` alone is none. */
function booleanLiteral(word: string): number | undefined {
  if (word === "") return undefined;
  if (word === "1" || word === "on" || "true".startsWith(word) || "yes".startsWith(word)) return 1;
  if (word === "0" || word === "of" || word === "off") return 0;
  return "false".startsWith(word) || "no".startsWith(word) ? 0 : undefined;
}

function uuidDigits(value: string): string | undefined {
  const bare = value.startsWith("{") && value.endsWith("}") ? value.slice(1, -1) : value;
  return /^[0-9a-f]{4}(-?[0-9a-f]{4}){7}$/i.test(bare) ? bare.replaceAll("-", "").toLowerCase() : undefined;
}

/** Years of more than four digits mean something else in input than in output. */
function literalMoment(value: string): ReturnType<typeof parseMoment> {
  const trimmed = value.trim();
  return /^\d{5}/.test(trimmed) ? undefined : parseMoment(trimmed);
}
