import { addWithDependencies } from "./closure.ts";
import type { Caveat, Vouched } from "./footprint.ts";
import type { RelationDescription, Schema } from "./schema.ts";
import type { Part, ShapeCondition } from "./shape.ts";

/** What answers depend on besides the rows that their filters concern: policies, views, the owner's word. */
export class Dependencies {
  readonly caveats = new Set<Caveat>();
  readonly #schema: Schema;
  readonly #vouched: Vouched;
  readonly #watched: ReadonlySet<string>;
  /** Relations every row of which matters, with the columns that do. */
  readonly #wholes = new Map<string, ReadonlySet<string> | "all">();

  constructor(schema: Schema, vouched: Vouched) {
    this.#schema = schema;
    this.#vouched = vouched;
    this.#watched = new Set([...vouched.tables, ...[...vouched.dependsOn.values()].flat()]);
  }

  /** Adds what reading a relation depends on: what its policies or its definition read, and `dependsOn`. */
  read(relation: string): void {
    this.#reads(relation);
    for (const further of this.#vouched.dependsOn.get(relation) ?? []) {
      const closure = new Set<string>();
      addWithDependencies(closure, further, this.#vouched);
      for (const each of closure) this.#whole(each, []);
    }
  }

  /** Something reads what nobody knows: then every configured table matters. */
  unknownReads(): void {
    if (this.caveats.has("unknown-reads")) return;
    this.caveats.add("unknown-reads");
    for (const table of this.#vouched.tables) this.#whole(table, []);
  }

  *parts(): Iterable<Part> {
    for (const [relation, columns] of this.#wholes) {
      yield this.part(relation, [], columns === "all" ? undefined : [...columns].sort());
    }
  }

  part(relation: string, where: readonly ShapeCondition[], columns: readonly string[] | undefined): Part {
    const description = this.#schema.get(relation);
    const relations = [relation, ...(description?.descendants ?? []), ...(description?.ancestors ?? [])];
    const comparable = columns && this.comparable(relation, columns);
    const floats =
      comparable?.filter((name) => /float/.test(description?.columns.get(name)?.type ?? "")) ?? [];
    return {
      relations,
      where,
      ...(comparable && { columns: comparable, ...(floats.length > 0 && { floats }) }),
    };
  }

  /** What the relation's own policies read of its rows. */
  policyColumns(relation: string): readonly string[] | "all" {
    const columns = this.#schema.get(relation)?.reads?.relations.get(relation);
    return columns?.length === 0 ? "all" : (columns ?? []);
  }

  /**
   * The columns without repetition, if equal row images mean that they are equal; undefined otherwise. A virtual
   * column is as its row's other columns are.
   */
  comparable(relation: string, names: readonly string[]): readonly string[] | undefined {
    const description = this.#schema.get(relation);
    const columns = new Set<string>();
    for (const name of names) {
      const column = description?.columns.get(name);
      if (column === undefined || description === undefined) return undefined;
      if (column.generated !== "virtual") columns.add(name);
      else for (const other of storedColumns(description)) columns.add(other);
    }
    const areExact = [...columns].every((name) => description?.columns.get(name)?.exact);
    return areExact ? [...columns] : undefined;
  }

  isWatched(relation: string): boolean {
    if (this.#watched.has(relation)) return true;
    return this.#schema.get(relation)?.ancestors.some((parent) => this.#watched.has(parent)) ?? false;
  }

  #reads(relation: string): void {
    const description = this.#schema.get(relation);
    if (description === undefined) return;
    if (description.kind === "materialized" || description.kind === "foreign")
      this.caveats.add("unwatchable");
    if (description.reads === undefined) return;
    if (description.reads.volatile) this.caveats.add("clock");
    if (description.reads.opaque && !this.#vouched.dependsOn.has(relation)) this.unknownReads();
    for (const [read, columns] of description.reads.relations) {
      if (read !== relation) this.#whole(read, columns);
    }
  }

  /** Every row of the relation matters; of its columns those named, or all when none is. */
  #whole(relation: string, columns: readonly string[]): void {
    const known = this.#wholes.get(relation);
    if (known === "all") return;
    const policy = this.policyColumns(relation);
    if (columns.length === 0 || policy === "all") this.#wholes.set(relation, "all");
    else this.#wholes.set(relation, new Set([...(known ?? []), ...columns, ...policy]));
    if (known === undefined) this.#reads(relation);
  }
}

function* storedColumns(description: RelationDescription): Iterable<string> {
  for (const [name, { generated }] of description.columns) if (generated !== "virtual") yield name;
}
