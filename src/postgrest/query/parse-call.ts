import { isDeeperThan, objectMembers } from "../row/json-source.ts";
import { decodePiece, Lexer } from "./lexer.ts";
import { parseParameterTest } from "./parse-filter.ts";
import type { Argument } from "./read.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

/** The query string of a GET of a function, taken apart. */
interface SplitCall {
  /** Sorted by name; those of one name keep their order, as the last one counts, or all of them do (VARIADIC). */
  readonly arguments: readonly Argument[];
  /** The other parameters as they came: filters, `select`, `order`, `limit`, … */
  readonly search: string;
}

/**
 * Tells arguments from filters as PostgREST does (`QueryParams.hs`): a parameter whose value begins with an operator is a
 * filter. An argument's name is plain; others are left to PostgREST.
 *
 * @param search without `?`
 * @throws QuerySyntaxError where PostgREST would refuse, or another version of it would read it otherwise
 */
export function splitCall(search: string): SplitCall {
  const found: Argument[] = [];
  const rest: string[] = [];
  let offset = 0;
  for (const pair of search.split("&")) {
    const argument = argumentIn(pair, offset);
    if (argument === undefined) rest.push(pair);
    else found.push(argument);
    offset += pair.length + 1;
  }
  found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { arguments: found, search: rest.join("&") };
}

/** The parameters that call a function with these arguments, percent-encoded. */
export function printArguments(given: readonly Argument[]): string {
  return given.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
}

const RESERVED: ReadonlySet<string> = new Set([
  ...["select", "columns", "on_conflict", "order", "limit", "offset", "and", "or", "not"],
]);

const OPERATORS =
  "eq|neq|gte?|lte?|i?like|i?match|in|is|isdistinct|(?:pl|ph|w)?fts|cs|cd|ov|sl|sr|nxr|nxl|adj";

/** Whatever PostgREST can read as the beginning of a filter. */
const BEGINS_AS_FILTER = new RegExp(`^(?:not\\.|(?:${OPERATORS})(?:\\(|\\.))`);

function argumentIn(pair: string, offset: number): Argument | undefined {
  const equals = pair.indexOf("=");
  if (equals < 0) return undefined;
  const name = decodePiece(pair.slice(0, equals), offset).text;
  if (!/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) || RESERVED.has(name)) return undefined;
  const value = decodePiece(pair.slice(equals + 1), offset + equals + 1);
  if (!BEGINS_AS_FILTER.test(value.text)) return [name, value.text];
  parseParameterTest(new Lexer(value));
  return undefined;
}

/** Deeper arguments are left to PostgREST. */
const MAX_BODY_DEPTH = 64;

/**
 * The JSON object with a function's arguments, in one text for all that mean the same: the members in order of their names,
 * no blanks between them. Their values stay byte for byte, since a function may take them as `json` or `text`.
 *
 * @returns undefined for anything but one object whose members have distinct names
 */
export function canonicalBody(text: string): string | undefined {
  if (isDeeperThan(text, MAX_BODY_DEPTH) || !isJson(text)) return undefined;
  const members = objectMembers(text, { unique: true });
  if (members === undefined) return undefined;
  const names = Object.keys(members).sort();
  if (names.some((name) => name.includes("\0") || !name.isWellFormed())) return undefined;
  return `{${names.map((name) => `${JSON.stringify(name)}:${members[name]}`).join(",")}}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The arguments in a body that `canonicalBody` printed: by name, the values as JSON text. */
export function bodyArguments(body: string): readonly Argument[] {
  return Object.entries(objectMembers(body) ?? {});
}

/**
 * The query string of a POST of a function, without arguments.
 *
 * @throws QuerySyntaxError when it names `columns`: the body may then have members that are no arguments
 */
export function postedSearch(search: string): string {
  for (const pair of search.split("&")) {
    const name = decodePiece(pair.split("=", 1)[0] ?? "", 0).text;
    if (name === "columns")
      throw new QuerySyntaxError("ambiguous", 0, "columns beside a function's arguments");
  }
  return search;
}
