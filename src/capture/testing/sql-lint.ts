/** The names in a database's `pg_catalog`. */
export interface Known {
  readonly functions: ReadonlySet<string>;
  readonly relations: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

/**
 * Schemas in which only superusers and we may create objects. Other qualifiers are aliases, whose members are columns.
 */
const OURS: readonly string[] = ["pg_catalog", "tidemark", "tidemark_analysis"];

/** Words of the grammar that may stand before a parenthesis. */
const GRAMMAR =
  words(`all and any array as between by case check coalesce conflict cross default distinct do else exists extract filter
  from greatest group having if in into is join key lateral least like limit loop materialized not nullif offset on or order
  over overlay partition position primary references returning row select set some substring table then trim union unique
  using values when where while with within elsif recursive return returns strict execute operator perform`);

/** Names of types that the grammar itself resolves to Postgres' own. */
const GRAMMAR_TYPES = words(
  "bigint bool boolean char int integer interval numeric real smallint time timestamp",
);

type Token = { readonly kind: "word" | "quoted" | "text" | "body" | "sign"; readonly value: string };

const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?\*\/|(?<text>[eE]?'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<tag>\$[A-Za-z_]*\$)(?<body>[\s\S]*?)\k<tag>|(?<word>[A-Za-z_][A-Za-z0-9_]*)|(?<sign>::|:=|=>|\$?\d+|\S)/g;

function tokens(sql: string): Token[] {
  return [...sql.matchAll(TOKENS)].flatMap(({ groups = {} }) => {
    for (const kind of ["text", "quoted", "body", "word", "sign"] as const) {
      const value = groups[kind];
      if (value !== undefined) return [{ kind, value: kind === "word" ? value.toLowerCase() : value }];
    }
    return [];
  });
}

/**
 * The names in SQL or PL/pgSQL that are neither Postgres' own, nor ours, nor introduced by the text itself. A closed
 * world: it reports everything that is not known to be harmless. It reads dollar-quoted bodies that are programs. It
 * does not read templates for `format`, whose names are looked up only in the result.
 */
export function unknownNames(sql: string, known: Known): string[] {
  const unknown = new Set<string>();
  const all = tokens(sql);
  const introduced = namesIntroduced(all);
  for (const [at, token] of all.entries()) {
    if (token.kind === "body" && isProgram(all, at)) {
      for (const name of unknownNames(token.value, known)) unknown.add(name);
    }
    if (token.kind !== "word" && token.kind !== "quoted") continue;
    const { value } = token;
    const before = all[at - 1]?.value;
    const after = all[at + 1]?.value;
    if (before === "." && all[at - 2]?.value !== ".") {
      const schema = all[at - 2]?.value.replaceAll('"', "") ?? "";
      const isCall = after === "(";
      if (schema === "pg_catalog" && isCall && !known.functions.has(value) && all[at - 3]?.value !== "into")
        unknown.add(`pg_catalog.${value}()`);
      if (
        isCall &&
        !OURS.includes(schema) &&
        `${schema}.${value}` !== "net.http_post" &&
        !/^"?tidemark_/.test(value)
      )
        unknown.add(`${schema}.${value}()`);
      continue;
    }
    if (
      after === "(" &&
      !GRAMMAR.has(value) &&
      !isAlias(all, at) &&
      !known.functions.has(value) &&
      !introduced.has(value)
    )
      unknown.add(`${value}()`);
    if (before === "::" && after !== "." && !GRAMMAR_TYPES.has(value) && !known.types.has(value))
      unknown.add(`::${value}`);
    if (before === "::" && after === "." && !OURS.includes(value)) unknown.add(`::${value}.`);
    const isRelation =
      ["from", "join", "update"].includes(before ?? "") &&
      !["distinct", "for", "do", "epoch"].includes(all[at - 2]?.value ?? "");
    // A role from which something is revoked.
    if (all.slice(Math.max(0, at - 7), at).some(({ value }) => value === "revoke")) continue;
    if (!isRelation || GRAMMAR.has(value) || after === "(") continue;
    if (
      after === "."
        ? !OURS.includes(value) && !introduced.has(value)
        : !known.relations.has(value) && !introduced.has(value)
    )
      unknown.add(`from ${value}`);
  }
  return [...unknown].sort();
}

/** Whether a dollar-quoted text is the body of a function or of a block. */
function isProgram(all: readonly Token[], at: number): boolean {
  return ["as", "do"].includes(all[at - 1]?.value ?? "");
}

/** `from f(x) alias (column)`, `(values …) alias (column)`, `insert into schema.table (column)`. */
function isAlias(all: readonly Token[], at: number): boolean {
  const before = all[at - 1];
  return (
    before?.value === ")" || (before?.kind === "word" && !GRAMMAR.has(before.value)) || before?.value === "as"
  );
}

/** Common table expressions, aliases of relations, transition tables, and `public` as a role. */
function namesIntroduced(all: readonly Token[]): ReadonlySet<string> {
  const names = new Set(["old_rows", "new_rows", "gone", "public"]);
  for (const [at, { kind, value }] of all.entries()) {
    if (kind !== "word" || GRAMMAR.has(value)) continue;
    const [earlier, before, after, later] = [-2, -1, 1, 2].map((step) => all[at + step]);
    const isExpression = after?.value === "as" && (later?.value === "(" || later?.value === "materialized");
    const isRecursive = before?.value === "recursive" && after?.value === "(";
    const isOfRelation =
      before?.kind === "word" &&
      !GRAMMAR.has(before.value) &&
      ["from", "join", ",", ".", "update"].includes(earlier?.value ?? "");
    if (isExpression || isRecursive || isOfRelation || before?.value === ")") names.add(value);
  }
  return names;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
