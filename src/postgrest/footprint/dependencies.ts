import type { PolicyLookup } from "../policies/lookup.ts";
import { rlsOf } from "../policies/rls.ts";
import type { Caveat, ColumnDescription, Reads, RelationDescription, Schema } from "../schema/schema.ts";
import type { ConditionCompiler } from "../shape/conditions.ts";
import type { Part, ShapeCondition } from "../shape/shape.ts";
import { addWithDependencies } from "./declared.ts";
import type { Declared } from "./footprint.ts";

/** What answers depend on besides the rows that their filters concern: policies, views, the owner's word. */
export class Dependencies {
  readonly #caveats = new Map<string, Caveat>();
  #readsRequest = false;
  readonly #schema: Schema;
  readonly #declared: Declared;
  readonly #conditions: ConditionCompiler;
  readonly #watched: ReadonlySet<string>;
  readonly #lookups: Part[] = [];
  /** Looked-up relations whose own policies are in. */
  readonly #entered = new Set<string>();
  /** Relations every row of which matters, with the columns that do. */
  readonly #wholes = new Map<string, ReadonlySet<string> | "all">();

  constructor(schema: Schema, declared: Declared, conditions: ConditionCompiler) {
    this.#schema = schema;
    this.#declared = declared;
    this.#conditions = conditions;
    this.#watched = new Set([...declared.tables, ...[...declared.dependsOn.values()].flat()]);
  }

  /**
   * Adds what reading a relation depends on: what its policies or its definition read, and `dependsOn`. `attach` tells
   * how the rows that its policies look up bear on those of the relation.
   */
  read(relation: string, attach?: AttachLookup): void {
    this.#reads(relation, attach);
    for (const further of this.#declared.dependsOn.get(relation) ?? []) {
      const closure = new Set<string>();
      addWithDependencies(closure, further, this.#declared);
      for (const each of closure) this.#whole(each, []);
    }
  }

  /** Why changes alone do not tell when the answer moves; by kind and culprit, each once. */
  get caveats(): readonly Caveat[] {
    const named = [...this.#caveats].sort(([a], [b]) => (a < b ? -1 : 1));
    return named.map(([, caveat]) => caveat);
  }

  /** Whether something on the way reads what of a request is in no key: then one caller's answer is not another's. */
  get readsRequest(): boolean {
    return this.#readsRequest;
  }

  /** Something about the relation's answers is not understood, unless the owner says by `dependsOn` what it reads. */
  caveat(relation: string, caveat: Caveat): void {
    if (caveat.kind === "unknown-reads" && this.#declared.dependsOn.has(relation)) return;
    this.#caveats.set(`${caveat.kind} ${caveat.culprit}`, caveat);
  }

  /** Code of somebody's own makes the answer, casts or compares: it may look at the request, unless the owner says not. */
  mayReadRequest(relation: string): void {
    if (!this.#declared.dependsOn.has(relation)) this.#readsRequest = true;
  }

  /** What a function over the relation's rows reads besides its row. */
  computed(relation: string, { reads }: { readonly reads: Reads }): void {
    this.#noteCaveats(relation, reads);
    for (const [read, columns] of reads.calls) this.#whole(read, columns);
  }

  /** Every row of the relation matters. */
  whole(relation: string): void {
    this.#whole(relation, []);
  }

  *parts(): Iterable<Part> {
    yield* this.#lookups;
    for (const [relation, columns] of this.#wholes) {
      const all = columns === "all" ? undefined : [...columns].sort();
      yield this.part(relation, [], all, all);
    }
  }

  /** `columns` decide; `fixed` also when filter and policies surely say the same of a row before and after. */
  part(
    relation: string,
    where: readonly ShapeCondition[],
    columns: readonly string[] | undefined,
    fixed: readonly string[] | undefined,
  ): Part {
    const description = this.#schema.get(relation);
    const relations = [relation, ...(description?.descendants ?? []), ...(description?.ancestors ?? [])];
    const comparable = columns && this.comparable(relation, columns);
    const beyond = fixed && this.comparable(relation, fixed);
    const isFloat = (name: string) => /float/.test(description?.columns.get(name)?.type ?? "");
    const floats = new Set([...(comparable ?? []), ...(beyond ?? [])].filter(isFloat));
    const asked = rlsOf(relation, description?.reads)?.conditions ?? [];
    const isJsonb = ([, { type }]: readonly [string, ColumnDescription]) => /^_?jsonb$/.test(type);
    const jsonb = [...(description?.columns ?? [])].filter(isJsonb).map(([name]) => name);
    const policies = asked.map((each) => this.#conditions.compile(each, description, new Set()));
    return {
      relations,
      where,
      ...(comparable && { columns: comparable }),
      ...(beyond && { fixed: beyond }),
      ...(policies.length > 0 && { policies }),
      ...(floats.size > 0 && { floats: [...floats] }),
      ...(jsonb.length > 0 && { jsonb }),
    };
  }

  /** What policies let the reader see of a relation that it reads itself, if they surely bind it. */
  visible(relation: string): Pick<Part, "visible"> {
    const description = this.#schema.get(relation);
    const reading = this.#declared.obeysPolicies ? rlsOf(relation, description?.reads) : undefined;
    return reading ? { visible: this.#conditions.compile(reading.asked, description, new Set()) } : {};
  }

  /** What the relation's own policies read of its rows. */
  policyColumns(relation: string): readonly string[] | "all" {
    const columns = this.#schema.get(relation)?.reads?.relations.get(relation);
    return columns?.length === 0 ? "all" : (columns ?? []);
  }

  /** Those of them that the conditions in a part's `policies` do not cover. */
  uncoveredColumns(relation: string): readonly string[] | "all" {
    const columns = this.policyColumns(relation);
    const reading = rlsOf(relation, this.#schema.get(relation)?.reads);
    return columns === "all" || reading === undefined
      ? columns
      : columns.filter((column) => reading.names.has(column));
  }

  /**
   * The columns without repetition, if equal row images mean that they are equal; undefined otherwise. A virtual
   * column is as its row's other columns are.
   */
  comparable(relation: string, names: readonly string[]): readonly string[] | undefined {
    const description = this.#schema.get(relation);
    const columns = new Set<string>();
    // By these a row may leave its partition.
    const { partitionKey = [] } = description ?? {};
    if (description?.partitionKey?.length === 0) return undefined;
    for (const name of [...names, ...partitionKey]) {
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

  #reads(relation: string, attach?: AttachLookup): void {
    const description = this.#schema.get(relation);
    if (description === undefined) return;
    for (const part of [relation, ...description.descendants]) {
      const kind = this.#schema.get(part)?.kind;
      if (kind === "materialized" || kind === "foreign")
        this.caveat(relation, { kind: "unwatchable", culprit: part });
    }
    if (description.reads === undefined) return;
    this.#noteCaveats(relation, description.reads);
    // Which rows a function takes is not in the policy's text; its own relation's may be among them.
    for (const [read, columns] of description.reads.calls) this.#whole(read, columns);
    const lookups = rlsOf(relation, description?.reads)?.lookups ?? [];
    for (const [read, columns] of description.reads.relations) {
      if (read === relation) continue;
      const own = lookups.filter((lookup) => lookup.relation === read);
      if (own.length === 0 || !isTable(this.#schema.get(read))) this.#whole(read, columns);
      else for (const lookup of own) this.#lookup(lookup, columns, attach);
    }
  }

  #noteCaveats(relation: string, { caveats, request }: Reads): void {
    for (const caveat of caveats) this.caveat(relation, caveat);
    const { dependsOn, keyedHeaders } = this.#declared;
    if (unkeyed(request, dependsOn.has(relation), keyedHeaders).length > 0) this.#readsRequest = true;
  }

  /** Rows that policies of a relation look up. Rows that the lookup itself rules out do not matter. */
  #lookup(lookup: PolicyLookup, read: readonly string[], attach: AttachLookup | undefined): void {
    const target = lookup.relation;
    const description = this.#schema.get(target);
    const where = lookup.where.map((each) => this.#conditions.compile(each, description, new Set()));
    const policy = this.policyColumns(target);
    const uncovered = this.uncoveredColumns(target);
    const columns = read.length === 0 || policy === "all" ? undefined : [...new Set([...read, ...policy])];
    const fixed =
      uncovered === "all" ? undefined : [...lookup.joins.map(({ column }) => column), ...uncovered];
    const asked: ShapeCondition[] = lookup.isExact ? where : [...where, { kind: "unknown" }];
    const part = this.part(target, asked, columns, fixed);
    // A view's owner reads behind it, and may see more.
    const visible = attach ? this.visible(target) : {};
    const bare: Part = { ...part, ...visible };
    this.#lookups.push(attach?.(bare, lookup) ?? bare);
    if (this.#entered.has(target)) return;
    this.#entered.add(target);
    this.#reads(target);
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

/**
 * What of `Reads.request` keeps an answer from being shared: no keyed header, and nothing that the owner vouches for.
 *
 * @param isDeclared the owner has said by `dependsOn` what the relation's functions read
 */
export function unkeyed(
  request: readonly string[],
  isDeclared: boolean,
  keyedHeaders: ReadonlySet<string> = new Set(),
): readonly string[] {
  return request.filter((what) => {
    const header = headerIn(what);
    const isKeyed = header !== undefined && keyedHeaders.has(header);
    // Of a function it is only suspected, and the owner may know better.
    return !isKeyed && !(isDeclared && isSuspected(what));
  });
}

/** The header's name, in lower case, when what is read of the request is one header. */
export function headerIn(what: string): string | undefined {
  return /^header (.*)$/.exec(what)?.[1];
}

/** Whether reading the request is only suspected of this: of code that nobody can look into. */
export function isSuspected(what: string): boolean {
  return /\(|^the type /.test(what);
}

/** Completes the part of a lookup in the policies of a relation that an answer shows. */
export type AttachLookup = (part: Part, lookup: PolicyLookup) => Part;

function isTable(description: RelationDescription | undefined): boolean {
  return description?.kind === "table" || description?.kind === "partitioned";
}

function* storedColumns(description: RelationDescription): Iterable<string> {
  for (const [name, { generated }] of description.columns) if (generated !== "virtual") yield name;
}
