import { printName } from "./canonical.ts";
import { decodePiece, Lexer, type Piece } from "./lexer.ts";
import { parsePath } from "./parse-field.ts";
import { parseLogic, parseParameterTest } from "./parse-filter.ts";
import { draftLevel, findEmbed, findLevel, finishLevel, type LevelDraft } from "./parse-levels.ts";
import { parseOrder } from "./parse-order.ts";
import { parseSelect, type SelectDraft } from "./parse-select.ts";
import type { Query } from "./query.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

interface Parameter {
  readonly key: Piece;
  readonly value: Piece;
}

/** A query while parameters are still being added to it. */
interface QueryDraft {
  readonly root: LevelDraft;
  /** The prefix of each `limit` and `offset` of an embed, and whether `canonicalSearch` spells it the same way. */
  readonly ranges: Map<string, boolean>;
}

/**
 * The typed tree of a raw query string, by the grammar of PostgREST's `QueryParams.hs`. It refuses what PostgREST answers
 * by the order of its own hash tables, and what differs between versions.
 *
 * @param search without `?`
 * @throws QuerySyntaxError
 */
export function parseQuery(relation: string, search: string): Query {
  const parameters = splitParameters(search);
  const draft = { root: draftLevel(parseSelectParameter(parameters)), ranges: new Map<string, boolean>() };
  for (const parameter of parameters) applyParameter(draft, parameter);
  // PostgREST moves these embeds in the order of a hash table whose keys are the texts as they came.
  if (draft.ranges.size > 1 && ![...draft.ranges.values()].every(Boolean))
    throw new QuerySyntaxError("ambiguous", 0, "limits of several embeds, not spelled canonically");
  return { relation, root: finishLevel(draft.root) };
}

/** PostgREST ignores parameters without `=`, except that a `select` without one hides a later `select`. */
function splitParameters(search: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  // PostgREST's URL library reads `;` as `&`, which no client means.
  const semicolon = search.indexOf(";");
  if (semicolon >= 0) throw new QuerySyntaxError("bad-separator", semicolon, "a raw ; separates parameters");
  let selected = false;
  let hidden = false;
  for (let start = 0; start <= search.length; ) {
    const ampersand = search.indexOf("&", start);
    const pair = search.slice(start, ampersand < 0 ? search.length : ampersand);
    const equals = pair.indexOf("=");
    const key = decodePiece(equals < 0 ? pair : pair.slice(0, equals), start);
    const isSelect = key.text === "select";
    if (equals >= 0 && !(isSelect && hidden)) {
      parameters.push({ key, value: decodePiece(pair.slice(equals + 1), start + equals + 1) });
    }
    hidden ||= isSelect && equals < 0 && !selected;
    selected ||= isSelect;
    start += pair.length + 1;
  }
  return parameters;
}

function parseSelectParameter(parameters: readonly Parameter[]): readonly SelectDraft[] {
  const select = parameters.find(({ key }) => key.text === "select");
  return select === undefined ? [{ kind: "star" }] : parseSelect(new Lexer(select.value));
}

function applyParameter(draft: QueryDraft, { key, value }: Parameter): void {
  if (key.text === "select") return;
  if (key.text === "columns" || key.text === "on_conflict") {
    checkNames(new Lexer(value));
    return;
  }
  const { root } = draft;
  const lexer = new Lexer(key);
  const path = [lexer.name()];
  while (lexer.take(".")) path.push(lexer.name());
  const names = path.slice(0, -1);
  // PostgREST looks for the last word in the raw key, so a quoted word is a column.
  const dot = key.text.lastIndexOf(".");
  const word = key.text.slice(dot + 1);
  const column = path.at(-1) ?? "";
  const jsonPath = RESERVED.has(word) ? [] : parsePath(lexer);
  lexer.end();
  switch (word) {
    case "and":
    case "or": {
      const embeds = names.filter((name) => name !== "not");
      const logic = parseLogic(new Lexer(value), word, embeds.length < names.length);
      findLevel(root, embeds, "logic", lexer).where.push(logic);
      break;
    }
    case "order": {
      const level = findLevel(root, names, "order", lexer);
      const terms = parseOrder(new Lexer(value));
      for (const { embed } of terms) if (embed !== undefined) findEmbed(level, embed, lexer);
      // The first one counts.
      level.order ??= terms;
      break;
    }
    case "limit":
    case "offset": {
      const level = findLevel(root, names, "range", lexer);
      if (names.length > 0) {
        const prefix = key.text.slice(0, dot);
        draft.ranges.set(prefix, prefix === names.map(printName).join("."));
      }
      // The last one counts.
      level[word] = parseCount(new Lexer(value));
      break;
    }
    default: {
      const field = { column, path: jsonPath };
      const test = parseParameterTest(new Lexer(value));
      findLevel(root, names, "filter", lexer).where.push({ kind: "filter", field, ...test });
    }
  }
}

const RESERVED: ReadonlySet<string> = new Set(["and", "or", "order", "limit", "offset"]);

/**
 * Null for an empty value, which asks for nothing. PostgREST also ignores anything else that is not a number, which no
 * client means, so this refuses it. Numbers of more than 15 digits are refused too.
 */
function parseCount(lexer: Lexer): number | null {
  const digits = lexer.until("");
  if (digits === "") return null;
  if (!/^[0-9]{1,15}$/.test(digits)) {
    lexer.position = 0;
    lexer.fail("expected a row count", "not-a-number");
  }
  return Number(digits);
}

function checkNames(lexer: Lexer): void {
  lexer.name();
  while (!lexer.atEnd) {
    lexer.blanks();
    lexer.expect(",");
    lexer.blanks();
    lexer.name();
  }
}
