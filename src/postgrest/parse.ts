import { decodePiece, Lexer, type Piece } from "./lexer.ts";
import { parsePath } from "./parse-field.ts";
import { parseLogic, parseParameterTest } from "./parse-filter.ts";
import { parseOrder } from "./parse-order.ts";
import { type EmbedDraft, parseSelect, type SelectDraft } from "./parse-select.ts";
import type { Condition, Level, OrderTerm, Query, SelectItem } from "./query.ts";
import { QuerySyntaxError } from "./syntax-error.ts";

interface Parameter {
  readonly key: Piece;
  readonly value: Piece;
}

/** A level while parameters are still being added to it. */
interface LevelDraft {
  readonly items: readonly SelectDraft[];
  readonly embeds: ReadonlyMap<EmbedDraft, LevelDraft>;
  /** By alias and by relation's name. */
  readonly named: ReadonlyMap<string, ReadonlySet<EmbedDraft>>;
  readonly where: Condition[];
  order?: readonly OrderTerm[];
  limit?: number;
  offset: number;
  /** Which key set it; `"limit"` or `"a.offset"` as spelled. */
  readonly setBy: Map<"order" | "limit" | "offset", string>;
}

/**
 * The typed tree of a raw query string (without `?`), by the grammar of PostgREST's `QueryParams.hs`. Where that
 * would ignore trailing garbage, or answer by the order of its own hash tables, this refuses.
 *
 * @throws QuerySyntaxError
 */
export function parseQuery(relation: string, search: string): Query {
  const parameters = splitParameters(search);
  const root = draftLevel(parseSelectParameter(parameters));
  for (const parameter of parameters) applyParameter(root, parameter);
  return { relation, root: finishLevel(root) };
}

/** Parameters without `=` are nothing to PostgREST, except that a `select` of that kind hides a later one. */
function splitParameters(search: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  // PostgREST's URL library takes `;` for `&`; no client means that.
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

function applyParameter(root: LevelDraft, { key, value }: Parameter): void {
  if (key.text === "select") return;
  if (key.text === "columns" || key.text === "on_conflict") {
    checkNames(new Lexer(value));
    return;
  }
  const keyLexer = new Lexer(key);
  const path = [keyLexer.name()];
  while (keyLexer.take(".")) path.push(keyLexer.name());
  // PostgREST looks for the last word in the raw key, so a quoted one is a column.
  const word = key.text.slice(key.text.lastIndexOf(".") + 1);
  if (word === "and" || word === "or") {
    keyLexer.end();
    const names = path.slice(0, -1);
    const level = findLevel(
      root,
      names.filter((name) => name !== "not"),
      keyLexer,
    );
    level.where.push(parseLogic(new Lexer(value), word, names.includes("not")));
  } else if (word === "order" || word === "limit" || word === "offset") {
    keyLexer.end();
    setBound(findLevel(root, path.slice(0, -1), keyLexer), word, key, value);
  } else {
    const field = { column: path.at(-1) ?? "", path: parsePath(keyLexer) };
    keyLexer.end();
    const level = findLevel(root, path.slice(0, -1), keyLexer);
    level.where.push({ kind: "filter", field, ...parseParameterTest(new Lexer(value)) });
  }
}

/** The first `order`, but the last `limit` and `offset` count: so does PostgREST. */
function setBound(level: LevelDraft, word: "order" | "limit" | "offset", key: Piece, value: Piece): void {
  const lexer = new Lexer(value);
  const setBy = level.setBy.get(word);
  if (setBy !== undefined && setBy !== key.text) {
    lexer.fail(`${word} is given twice for one relation, under two names`, "ambiguous");
  }
  level.setBy.set(word, key.text);
  if (word === "order") {
    const terms = parseOrder(lexer);
    for (const { embed } of terms) if (embed !== undefined) findEmbed(level, embed, lexer);
    level.order ??= terms;
  } else {
    level[word] = parseCount(lexer);
  }
}

/** PostgREST ignores what is not a number; nobody means that. Numbers beyond 15 digits are left to it. */
function parseCount(lexer: Lexer): number {
  const digits = lexer.until("");
  if (!/^[0-9]{1,15}$/.test(digits)) {
    lexer.position = 0;
    lexer.fail("expected a row count", "not-a-number");
  }
  return Number(digits);
}

function checkNames(lexer: Lexer): void {
  do {
    lexer.blanks();
    lexer.name();
    lexer.blanks();
  } while (lexer.take(","));
  lexer.end();
}

function draftLevel(items: readonly SelectDraft[]): LevelDraft {
  const embeds = new Map<EmbedDraft, LevelDraft>();
  const named = new Map<string, Set<EmbedDraft>>();
  for (const item of items) {
    if (item.kind !== "embed") continue;
    embeds.set(item, draftLevel(item.items));
    for (const name of [item.relation, item.alias ?? item.relation]) {
      const same = named.get(name) ?? new Set();
      named.set(name, same.add(item));
    }
  }
  return { items, embeds, named, where: [], offset: 0, setBy: new Map() };
}

function findLevel(root: LevelDraft, path: readonly string[], lexer: Lexer): LevelDraft {
  return path.reduce((level, name) => level.embeds.get(findEmbed(level, name, lexer)) ?? level, root);
}

/**
 * Older versions of PostgREST take an embed's alias or its relation's name here, and the first that fits; newer
 * ones take the alias, or the name if there is none. Where these differ, no version is guessed.
 */
function findEmbed(level: LevelDraft, name: string, lexer: Lexer): EmbedDraft {
  const [embed, ...others] = level.named.get(name) ?? [];
  if (embed === undefined) lexer.fail(`${name} is not embedded`, "not-embedded");
  const rivals = level.named.get(embed.alias ?? embed.relation)?.size ?? 0;
  if (others.length > 0 || rivals > 1) lexer.fail(`${name} names several embeds`, "ambiguous");
  return embed;
}

function finishLevel(draft: LevelDraft): Level {
  const select = draft.items.map((item): SelectItem => {
    if (item.kind !== "embed") return item;
    const { items: _, ...embed } = item;
    const level = draft.embeds.get(item);
    return { ...embed, level: finishLevel(level ?? draftLevel(item.items)) };
  });
  return {
    select,
    where: draft.where,
    order: draft.order ?? [],
    ...(draft.limit !== undefined && { limit: draft.limit }),
    offset: draft.offset,
  };
}
