import type { Random } from "../../../testing/random.ts";

export const RANDOM_COLUMNS = ["id", "kind", "name", "note", "doc", "amount", "tags"] as const;

const COLUMNS = "id int, kind int, name varchar(40), note text, doc jsonb, amount numeric, tags text[]";

/** Tables of every kind that capture treats in a way of its own. */
export const RANDOM_TABLES = {
  plain: `create table plain (${COLUMNS}, primary key (id));`,
  /** Values that stay outside of the row, and are not compressed. */
  external: `create table external (${COLUMNS}, primary key (id)); alter table external alter note set storage external;`,
  parted: `create table parted (${COLUMNS}, primary key (id, kind)) partition by hash (kind);
    create table part_0 partition of parted for values with (modulus 2, remainder 0);
    create table part_1 partition of parted for values with (modulus 2, remainder 1);`,
};

const ROWS = [1, 1, 2, 3, 20, 250, 251, 700, 2_500];

/** Texts from none to beyond every limit, of all rows or of a few. */
const NOTES = [
  "null",
  "'x'",
  "repeat('lorem ipsum ', 10)",
  "repeat(md5(n::text), n % 30)",
  "repeat(md5(n::text), case when n % 17 = 0 then 40 else 1 end)",
  "repeat(md5(n::text), case when n % 97 = 0 then 700 else 2 end)",
  "case when n % 83 = 0 then repeat(md5(n::text), 2100) end",
  String.raw`E'\n\t"\\' || n`,
];

const DOCS = [
  "null",
  "jsonb_build_object('n', n, 's', md5(n::text))",
  "case when n % 31 = 0 then to_jsonb(repeat('x', 9000)) else '{}' end",
];

/** Makes statements of every kind. No id is used twice, so what is told can be taken in any order within a statement. */
export class RandomStatements {
  readonly #random: Random;
  #lastId = 0;
  #offset = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    const random = this.#random;
    const table = random.pick(Object.keys(RANDOM_TABLES));
    if (!random.chance(0.15)) return this.#statement(table);
    const [first, second, third] = Array.from({ length: 3 }, () => this.#statement(table));
    const end = random.chance(0.3) ? "rollback" : "commit";
    return `begin; ${first}; savepoint s; ${second}; rollback to s; ${third}; ${end}`;
  }

  #statement(table: string): string {
    const random = this.#random;
    const at = random.next();
    if (at < 0.4) return this.#insert(table);
    if (at < 0.75) return this.#update(table);
    if (at < 0.9) return `delete from ${table} where ${this.#some()}`;
    if (at < 0.93) return `truncate ${table}`;
    if (at < 0.97) return `${this.#insert(table)} on conflict do nothing`;
    return this.#merge(table);
  }

  #insert(table: string): string {
    const random = this.#random;
    const count = random.pick(ROWS);
    const from = this.#lastId + 1;
    this.#lastId += count;
    return `insert into ${table} select n, n % 7, 'Name ' || n, ${random.pick(NOTES)}, ${random.pick(DOCS)}, n / 8.0, array['a', n::text]
      from generate_series(${from}, ${this.#lastId}) n`;
  }

  #update(table: string): string {
    const random = this.#random;
    this.#offset += 1;
    const of = (texts: readonly string[]) => random.pick(texts).replaceAll(/\bn\b/g, "id");
    const sets = [
      "name = left(name || '!', 40)",
      `note = ${of(NOTES)}`,
      `doc = ${of(DOCS)}`,
      "kind = kind + 1",
      "amount = amount * 2",
      "amount = amount",
      "tags = null",
      `id = id + ${this.#offset * 100_000}`,
    ];
    const chosen = random.shuffled(sets).slice(0, 1 + random.below(3));
    const unique = new Map(chosen.map((each) => [each.split(" ", 1)[0], each]));
    return `update ${table} set ${[...unique.values()].join(", ")} where ${this.#some()}`;
  }

  #merge(table: string): string {
    const from = this.#lastId + 1;
    this.#lastId += 50;
    return `merge into ${table} t using (select n from generate_series(${from - 100}, ${this.#lastId}) n) s on t.id = s.n
      when matched and s.n % 2 = 0 then update set name = 'merged'
      when matched then delete
      when not matched and s.n >= ${from} then insert (id, kind, name) values (s.n, 1, 'new')`;
  }

  #some(): string {
    const random = this.#random;
    const divisor = random.pick([1, 1, 2, 3, 10, 500]);
    return `id % ${divisor} = ${random.below(divisor)}`;
  }
}
