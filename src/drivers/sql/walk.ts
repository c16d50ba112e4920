import { PureCalls } from "./calls.ts";
import { AFTER_TABLE, commonExpressions, ENDS_FROM, isQuery } from "./clauses.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { Pass } from "./pass-through.ts";
import {
  asciiLower,
  type Group,
  isName,
  isNamed,
  isOperator,
  isWord,
  type Simple,
  type Token,
} from "./token.ts";

/** A place where a table, a view or a common table expression is named. */
export interface WrittenRelation {
  /** With its schema, if there is one. */
  readonly path: readonly Simple[];
  readonly alias?: Simple;
}

/** What a walk through a statement finds. */
export interface StatementFacts {
  /** Without those that common table expressions of the statement define. */
  readonly relations: readonly WrittenRelation[];
  /** The number of SELECTs. */
  readonly queries: number;
  /** The number of things that a FROM lists: relations, queries, calls. */
  readonly sources: number;
  /** The functions that are called by a name alone, in lower case. */
  readonly called: ReadonlySet<string>;
  /** Names behind a `.`, which Postgres may take for calls of functions. */
  readonly fields: ReadonlySet<string>;
  /** The names of types to which something is cast, without their schemas. */
  readonly types: ReadonlySet<string>;
  /** Columns that are promised to hold no word for the present time, which must be columns of tables. */
  readonly storedTimes: ReadonlySet<string>;
  /** Which parameters must hold no word for the present time: their places, from 0. */
  readonly timeParameters: ReadonlySet<number> | "all";
}

type Scope = ReadonlySet<string>;

const SYSTEM_COLUMNS = ["ctid", "xmin", "xmax", "cmin", "cmax"];

/** Walks through a statement, query by query, and finds what it reads and calls. */
export class Walk {
  readonly #dialect: Dialect;
  readonly #calls: PureCalls;
  readonly #relations: WrittenRelation[] = [];
  readonly #fields = new Set<string>();
  #queries = 0;
  #sources = 0;

  constructor(dialect: Dialect, trustStoredTimes: boolean) {
    this.#dialect = dialect;
    this.#calls = new PureCalls(dialect, trustStoredTimes);
  }

  get found(): StatementFacts {
    const { called, types, storedTimes, timeParameters } = this.#calls;
    return {
      relations: this.#relations,
      queries: this.#queries,
      sources: this.#sources,
      called,
      fields: this.#fields,
      types,
      storedTimes,
      timeParameters,
    };
  }

  /**
   * @param scope the common table expressions that may be named here
   * @throws Pass on anything that is not understood
   */
  query(tokens: readonly Token[], scope: Scope): void {
    const { body, inner } = isWord(tokens[0], "with")
      ? this.#common(tokens, scope)
      : { body: tokens, inner: scope };
    const isStart = isWord(body[0], "select", "values") || body[0]?.kind === "group";
    if (!isStart) throw new Pass("not-a-read");
    this.#level(body, inner, "expression");
  }

  /** The expressions in front of a query: `WITH name AS (…), …`. */
  #common(tokens: readonly Token[], scope: Scope): { body: readonly Token[]; inner: Scope } {
    const { isRecursive, expressions, body } = commonExpressions(tokens, (token): token is Simple =>
      this.#isName(token),
    );
    const named = expressions.map(({ name, query }) => ({ name: this.#folded(name), query }));
    // Postgres: without RECURSIVE an expression is not seen by itself and those before it; there, its name is a table's.
    const seesAll = isRecursive || this.#dialect.name === "sqlite";
    const all = new Set([...scope, ...named.map(({ name }) => name)]);
    const before = new Set(scope);
    for (const { name, query } of named) {
      this.query(query, seesAll ? all : new Set(before));
      before.add(name);
    }
    return { body, inner: all };
  }

  /** The tokens of one query, or those of a FROM in parentheses. */
  #level(tokens: readonly Token[], scope: Scope, start: "expression" | "table"): void {
    let expects = start;
    let isFrom = start === "table";
    for (let at = 0; at < tokens.length; ) {
      const token = tokens[at] as Token;
      if (expects === "table") {
        at = this.#table(tokens, at, scope);
        expects = "expression";
        isFrom = true;
        continue;
      }
      const keyword = this.#keyword(tokens, at);
      if (keyword === "select") this.#queries++;
      if (keyword === "for") throw new Pass("locks");
      if (ENDS_FROM[this.#dialect.name].has(keyword)) isFrom = false;
      // On SQLite, an alias may be called so.
      if (keyword === "window" && !isWord(tokens[at + 2], "as")) throw new Pass("not-understood", "WINDOW");
      const isTableNext =
        keyword === "join" ||
        (isFrom && isOperator(token, ",")) ||
        (keyword === "from" && this.#isFrom(tokens, at));
      if (keyword === "join" && !isFrom) throw new Pass("not-understood", "JOIN outside of FROM");
      if (isTableNext) {
        expects = "table";
        at++;
      } else at = this.#step(tokens, at, scope);
    }
    if (expects === "table") throw new Pass("not-understood", "FROM");
  }

  /** `IS DISTINCT FROM` compares; any other FROM of a query is its own. */
  #isFrom(tokens: readonly Token[], at: number): boolean {
    if (!isWord(tokens[at - 1], "distinct")) return true;
    if (isWord(tokens[at - 2], "is", "not")) return false;
    throw new Pass("not-understood", "DISTINCT FROM");
  }

  /** One thing that a FROM lists, with its alias. Returns where it ends. */
  #table(tokens: readonly Token[], start: number, scope: Scope): number {
    let at = start;
    this.#sources++;
    if (this.#dialect.name === "postgres") while (isWord(tokens[at], "lateral", "only")) at++;
    const token = tokens[at];
    if (token?.kind === "group" && token.open === "(") {
      if (isQuery(token.inner)) this.query(token.inner, scope);
      else this.#level(token.inner, scope, "table");
      return this.#alias(tokens, at + 1, scope).at;
    }
    const { path, end } = this.#path(tokens, at);
    at = end;
    const after = tokens[at];
    if (after?.kind === "group") {
      this.#calls.set(path);
      this.#call(path, after, scope);
      at++;
      if (isWord(tokens[at], "with") && isWord(tokens[at + 1], "ordinality")) at += 2;
      return this.#alias(tokens, at, scope).at;
    }
    if (isOperator(after, "*")) at++;
    const { at: next, alias } = this.#alias(tokens, at, scope);
    const [only] = path;
    const isCommon = path.length === 1 && only && scope.has(this.#folded(only));
    if (!isCommon) this.#relations.push(alias ? { path, alias } : { path });
    return next;
  }

  /** `name`, `schema.name` and so on. */
  #path(tokens: readonly Token[], start: number): { path: readonly Simple[]; end: number } {
    const path: Simple[] = [];
    let at = start;
    for (;;) {
      const name = tokens[at];
      if (!this.#isName(name)) throw new Pass("not-understood", "FROM");
      if (path.length === 0 && name.kind === "word" && AFTER_TABLE.has(name.lower)) {
        throw new Pass("not-understood", `FROM ${name.text}`);
      }
      this.#mayStand(name, path.length === 0 && name.kind === "word" ? name.lower : "");
      path.push(name);
      at++;
      if (!isOperator(tokens[at], ".") || isOperator(tokens[at + 1], "*")) return { path, end: at };
      at++;
    }
  }

  #alias(tokens: readonly Token[], start: number, scope: Scope): { at: number; alias?: Simple } {
    let at = start;
    const isSaid = isWord(tokens[at], "as");
    if (isSaid) at++;
    const name = tokens[at];
    const isAlias = this.#isName(name) && (isSaid || name.kind !== "word" || !AFTER_TABLE.has(name.lower));
    if (!isAlias) {
      if (isSaid) throw new Pass("not-understood", "an alias");
      return { at };
    }
    at++;
    const columns = tokens[at];
    if (columns?.kind === "group") {
      this.#expression(columns.inner, scope);
      at++;
    }
    return { at, alias: name };
  }

  /** The tokens of an expression, or a list of some. */
  #expression(tokens: readonly Token[], scope: Scope): void {
    for (let at = 0; at < tokens.length; ) {
      const keyword = this.#keyword(tokens, at);
      if (["select", "values", "union", "intersect", "except", "join", "with"].includes(keyword)) {
        throw new Pass("not-understood", keyword);
      }
      at = this.#step(tokens, at, scope);
    }
  }

  /** One token of an expression, or a call. Returns where the next begins. */
  #step(tokens: readonly Token[], at: number, scope: Scope): number {
    const token = tokens[at] as Token;
    if (token.kind === "group") {
      this.#expressionOrQuery(token, scope);
      const isField = isOperator(tokens[at + 1], ".") && this.#isName(tokens[at + 2]);
      return isField ? this.#field(tokens, at + 2) : at + 1;
    }
    if (token.kind === "string" && tokens[at + 1]?.kind === "string") {
      throw new Pass("not-understood", "one text behind another");
    }
    this.#calls.token(tokens, at);
    if (!isName(token)) return at + 1;
    const keyword = this.#keyword(tokens, at);
    if (keyword === "in" && this.#dialect.name === "sqlite" && tokens[at + 1]?.kind !== "group") {
      return this.#table(tokens, at + 1, scope);
    }
    this.#mayStand(token, keyword);
    if (isOperator(tokens[at + 1], ".") && this.#isName(tokens[at + 2])) {
      const { path, end } = this.#path(tokens, at);
      const after = tokens[end];
      if (after?.kind === "group" && after.open === "(") {
        this.#call(path, after, scope);
        return end + 1;
      }
      for (const name of path.slice(1)) this.#fields.add(this.#folded(name));
      return end;
    }
    const next = tokens[at + 1];
    if (next?.kind !== "group" || next.open !== "(") return at + 1;
    if (token.kind === "word" && this.#dialect.beforeParentheses.has(token.lower)) {
      if (keyword === "cast") this.#calls.cast(next.inner);
      else this.#calls.called.add(token.lower);
      return at + 1;
    }
    this.#call([token], next, scope);
    return at + 2;
  }

  #field(tokens: readonly Token[], at: number): number {
    const name = tokens[at] as Simple;
    this.#mayStand(name, "");
    this.#fields.add(this.#folded(name));
    return at + 1;
  }

  #call(path: readonly Simple[], group: Group, scope: Scope): void {
    this.#calls.call(path, group.inner);
    this.#expressionOrQuery(group, scope);
  }

  #expressionOrQuery({ inner }: Group, scope: Scope): void {
    if (isQuery(inner)) this.query(inner, scope);
    else this.#expression(inner, scope);
  }

  /** The keyword at this place; empty for anything else, and for a word that stands where only a name may. */
  #keyword(tokens: readonly Token[], at: number): string {
    const token = tokens[at];
    return token?.kind !== "word" || isNamed(tokens, at) ? "" : token.lower;
  }

  #mayStand(token: Simple, keyword: string): void {
    const reason = this.#dialect.refused.get(keyword);
    if (reason !== undefined) throw new Pass(reason, keyword);
    if (this.#dialect.name === "postgres" && SYSTEM_COLUMNS.includes(token.lower)) {
      throw new Pass("system-column", token.lower);
    }
  }

  #isName(token: Token | undefined): token is Simple {
    const isText = token?.kind === "string" && this.#dialect.name === "sqlite";
    return isText || isName(token);
  }

  #folded({ kind, text, lower }: Simple): string {
    if (this.#dialect.name === "sqlite") return asciiLower(text);
    return kind === "word" ? lower : text;
  }
}
