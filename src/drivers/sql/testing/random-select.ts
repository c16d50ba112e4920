// For tests: random SELECTs over a small schema, most of them valid, some of them strange on purpose.

import type { Random } from "../../../../testing/random.ts";
import type { DialectName } from "../token.ts";

export interface TestTable {
  readonly name: string;
  readonly watched: "watched" | "unwatched" | "unknown";
}

/** All have the same columns, so that most random statements are valid. */
export const TEST_COLUMNS = ["id", "ref", "label"];

export const TEST_TABLES: readonly TestTable[] = [
  { name: "posts", watched: "watched" },
  { name: "authors", watched: "watched" },
  { name: "tags", watched: "watched" },
  { name: "label", watched: "watched" },
  { name: "hidden", watched: "unwatched" },
  { name: "ghost", watched: "unknown" },
];

/** Views by their queries. `viewghost` is known, and reads what is not. */
export const TEST_VIEWS: Readonly<Record<string, string>> = {
  pairs: "SELECT p.id, a.ref, p.label FROM posts p JOIN authors a ON a.id = p.ref",
  inner_pairs: "SELECT id, ref, label FROM pairs WHERE id > 1",
  viewghost: "SELECT id, ref, label FROM ghost",
  hides: "SELECT id, ref, label FROM hidden UNION ALL SELECT id, ref, label FROM tags",
};

const ALIASES = ["p", "q", "x", "posts", "ghost", "fetch", "offset", "values", "other", "n"];
const STRANGE =
  `select from join as with in is not distinct union all values recursive where , ( ) . = or and between case end
  fetch offset window for lateral only table posts ghost hidden "ghost" 'ghost' [ghost] ghost; on group by order limit 1 as
  over filter left natural cross using x p`.split(/\s+/);

export class RandomSelect {
  readonly #random: Random;
  readonly #dialect: DialectName;
  readonly parameters: (number | string)[] = [];
  #aliases = 0;

  constructor(random: Random, dialect: DialectName) {
    this.#random = random;
    this.#dialect = dialect;
  }

  /** A statement; half of them with a few tokens moved, left out or put in. */
  statement(): string {
    const sql = this.#random.chance(0.3) ? this.#simple() : this.#query(3, []);
    return this.#random.chance(0.5) ? sql : this.#mangled(sql);
  }

  /** Of one table, so that it may be narrowed. */
  #simple(): string {
    const sources: string[] = [];
    const from = this.#source(0, [], sources);
    const conditions = Array.from({ length: 1 + this.#random.below(2) }, () =>
      this.#condition(0, [], sources),
    );
    return `SELECT ${this.#random.pick(["*", "count(*)", "id, ref, label"])} FROM ${from} WHERE ${conditions.join(" AND ")}`;
  }

  #mangled(sql: string): string {
    const tokens = sql.match(/'[^']*'|"[^"]*"|\w+|\s+|./g) ?? [];
    for (let changes = 1 + this.#random.below(3); changes > 0; changes--) {
      const at = this.#random.below(tokens.length);
      const kind = this.#random.below(3);
      const word = ` ${this.#random.pick(STRANGE)} `;
      if (kind === 0) tokens.splice(at, 1);
      else
        tokens.splice(
          at,
          kind - 1,
          kind === 1 || this.#random.chance(0.5) ? word : (tokens[this.#random.below(tokens.length)] ?? ""),
        );
    }
    return tokens.join("");
  }

  #query(depth: number, common: readonly string[]): string {
    const random = this.#random;
    if (depth > 0 && random.chance(0.15)) {
      const name = random.pick(["x", "posts", "ghost", "c"]);
      const recursive = random.chance(0.3) ? "RECURSIVE " : "";
      const columns = random.chance(0.3) ? "(id, ref, label)" : "";
      const materialized = random.chance(0.2) ? "NOT MATERIALIZED " : "";
      const body = this.#query(depth - 1, common);
      return `WITH ${recursive}${name}${columns} AS ${materialized}(${body}) ${this.#query(depth - 1, [...common, name])}`;
    }
    const operator = random.pick(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
    const isUnion = depth > 0 && random.chance(0.12);
    const first = this.#select(depth, common);
    return isUnion ? `${first} ${operator} ${this.#select(depth - 1, common)}` : first;
  }

  #select(depth: number, common: readonly string[]): string {
    const random = this.#random;
    const sources: string[] = [];
    const from = this.#from(depth, common, sources);
    const column = () => this.#column(sources);
    const aggregates = random.chance(0.2);
    const list = aggregates
      ? `count(*), max(${column()}), min(${column()})`
      : random.chance(0.3) && sources.length === 1
        ? `${sources[0]}.id, ${sources[0]}.ref, ${sources[0]}.label`
        : `${column()}${this.#as()}, ${this.#value(depth, common, sources)}${this.#as()}, ${column()}`;
    const where = random.chance(0.7) ? ` WHERE ${this.#condition(depth, common, sources)}` : "";
    const group = aggregates && random.chance(0.3) ? ` GROUP BY ${column()}` : "";
    const order = random.chance(0.15) && group === "" && !aggregates ? ` ORDER BY ${column()}` : "";
    return `SELECT ${list} FROM ${from}${where}${group}${order}`;
  }

  #as(): string {
    return this.#random.chance(0.3)
      ? ` AS ${this.#random.pick(["a", "posts", "label", '"ghost"', "of"])}`
      : "";
  }

  #from(depth: number, common: readonly string[], sources: string[]): string {
    const random = this.#random;
    let from = this.#source(depth, common, sources);
    while (random.chance(0.35) && sources.length < 3) {
      const next = this.#source(depth, common, sources);
      from += random.chance(0.4)
        ? `, ${next}`
        : ` ${random.pick(["JOIN", "LEFT JOIN", "INNER JOIN", "LEFT OUTER JOIN"])} ${next} ON ${this.#condition(0, common, sources)}`;
    }
    return from;
  }

  #source(depth: number, common: readonly string[], sources: string[]): string {
    const random = this.#random;
    const alias = random.chance(0.8) ? `t${this.#aliases++}` : random.pick(ALIASES);
    if (depth > 0 && random.chance(0.15)) {
      sources.push(alias);
      return `(${this.#query(depth - 1, common)}) ${random.pick(["", "AS "])}${alias}`;
    }
    const name = random.chance(0.2 * Math.min(1, common.length))
      ? random.pick(common)
      : random.chance(0.2)
        ? random.pick(Object.keys(TEST_VIEWS))
        : random.chance(0.93)
          ? random.pick(TEST_TABLES.slice(0, 4)).name
          : random.pick(TEST_TABLES).name;
    const isAliased = random.chance(0.75);
    sources.push(isAliased ? alias : name);
    const written = this.#written(name);
    return isAliased ? `${written} ${random.pick(["", "AS "])}${alias}` : written;
  }

  #written(name: string): string {
    const schema = this.#dialect === "sqlite" ? "main" : "public";
    const choices =
      this.#dialect === "sqlite"
        ? [
            name,
            name,
            name.toUpperCase(),
            `"${name}"`,
            `[${name}]`,
            `\`${name}\``,
            `'${name}'`,
            `${schema}.${name}`,
            `"${schema}"."${name}"`,
          ]
        : [
            name,
            name,
            name.toUpperCase(),
            `"${name}"`,
            `${schema}.${name}`,
            `"${schema}"."${name}"`,
            `/* ghost */ ${name}`,
          ];
    return this.#random.pick(choices);
  }

  #column(sources: readonly string[]): string {
    const column = this.#random.pick(TEST_COLUMNS);
    if (sources.length === 1 && this.#random.chance(0.5))
      return this.#random.chance(0.3) ? `"${column}"` : column;
    return `${this.#random.pick(sources)}.${column}`;
  }

  #value(depth: number, common: readonly string[], sources: readonly string[]): string {
    const random = this.#random;
    const kinds: (() => string)[] = [
      () => String(random.below(4)),
      () => this.#parameter(),
      () => this.#column(sources),
      () => `coalesce(${this.#column(sources)}, ${random.below(4)})`,
      () =>
        `CASE WHEN ${this.#condition(0, common, sources)} THEN ${random.below(4)} ELSE ${this.#column(sources)} END`,
      () => `CAST(${this.#column(sources)} AS text)`,
    ];
    if (depth > 0) {
      kinds.push(() => {
        const inner: string[] = [];
        return `(SELECT max(${random.pick(TEST_COLUMNS)}) FROM ${this.#from(0, common, inner)})`;
      });
    }
    return random.pick(kinds)();
  }

  #parameter(): string {
    this.parameters.push(this.#random.below(4));
    return this.#dialect === "sqlite"
      ? this.#random.chance(0.5)
        ? `?${this.parameters.length}`
        : "?"
      : `$${this.parameters.length}`;
  }

  #condition(depth: number, common: readonly string[], sources: readonly string[]): string {
    const random = this.#random;
    const equation = () => {
      const [left, right] = [
        this.#column(sources),
        random.chance(0.5) ? String(random.below(4)) : this.#parameter(),
      ];
      return random.chance(0.8) ? `${left} = ${right}` : `${right} = ${left}`;
    };
    const kinds: (() => string)[] = [
      equation,
      equation,
      equation,
      () => `${this.#column(sources)} IN (1, ${this.#parameter()})`,
      () => `${this.#column(sources)} BETWEEN 1 AND ${this.#column(sources)}`,
      () => `${this.#column(sources)} IS NOT DISTINCT FROM ${this.#column(sources)}`,
      () => `NOT (${this.#condition(0, common, sources)})`,
      () => `NOT ${equation()}`,
      () => `(${this.#condition(0, common, sources)} OR ${equation()})`,
      () => `(${this.#condition(0, common, sources)} AND ${equation()})`,
      () => `${this.#condition(0, common, sources)} OR ${equation()}`,
      () => `${this.#condition(0, common, sources)} AND ${equation()}`,
      () => `${this.#column(sources)} = ${random.below(4)} + ${random.below(2)}`,
    ];
    if (depth > 0) {
      kinds.push(
        () =>
          `${this.#column(sources)} IN (SELECT ${random.pick(TEST_COLUMNS)} FROM ${this.#from(0, common, [])})`,
        () => `EXISTS (${this.#query(depth - 1, common)})`,
      );
      if (this.#dialect === "sqlite")
        kinds.push(() => `(1, 1, 1) NOT IN ${this.#written(random.pick(TEST_TABLES).name)}`);
    }
    return random.pick(kinds)();
  }
}
