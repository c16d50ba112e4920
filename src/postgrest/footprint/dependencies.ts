import type { PolicyLookup } from "../policies/lookup.ts";
import type { ResolvedRls } from "../policies/rls-of.ts";
import type { Read } from "../query/read.ts";
import type { Caveat, Reads, RelationDescription, Schema } from "../schema/schema.ts";
import type { ConditionCompiler, PartialCondition } from "../shape/conditions.ts";
import type { Part, ShapeCondition } from "../shape/shape.ts";
import { caveatsOf } from "./caveats.ts";
import { addWithDependencies } from "./declared.ts";
import type { Declared } from "./footprint.ts";
import type { LevelContext } from "./level.ts";
import { columnsInFilters, outputAndSortColumns } from "./level-columns.ts";
import { ClaimClosure } from "./needs/claim-closure.ts";
import type { PartBuilder } from "./part-builder.ts";
import { unkeyed } from "./request-reads.ts";

/** What an answer depends on beyond the rows that its filters concern: policies, views, and what the owner declares. */
export class Dependencies {
  /** Everything that is read, for whom the answer may be. */
  readonly claims = new ClaimClosure();
  readonly #caveats = new Map<string, Caveat>();
  #readsRequest = false;
  #takesAWord = false;
  readonly #schema: Schema;
  readonly #declared: Declared;
  readonly #conditions: ConditionCompiler;
  readonly #builder: PartBuilder;
  readonly #watched: ReadonlySet<string>;
  readonly #lookups: Part[] = [];
  /** Relations that policies look up, and whose own policies have been added. */
  readonly #entered = new Set<string>();
  /** Relations and functions whose `dependsOn` has been added. */
  readonly #said = new Set<string>();
  /** Relations every row of which matters, with the columns that do. */
  readonly #wholes = new Map<string, ReadonlySet<string> | "all">();

  constructor(schema: Schema, declared: Declared, conditions: ConditionCompiler, builder: PartBuilder) {
    this.#schema = schema;
    this.#declared = declared;
    this.#conditions = conditions;
    this.#builder = builder;
    this.#watched = new Set([...declared.tables, ...[...declared.dependsOn.values()].flat()]);
  }

  /**
   * Adds what reading a relation depends on: what its policies or its definition read, and its `dependsOn`.
   *
   * @param attach says how rows that its policies look up join the relation's; undefined when the answer does not show it
   * @param isGranted the read finds only rows that everybody may see
   */
  read(relation: string, attach?: AttachLookup, isGranted = false): void {
    this.#reads(relation, attach, isGranted);
    this.#byWord(relation);
  }

  /** Notes whatever a level asks for that is not understood, and adds what functions over its rows read. */
  asked(read: Read, context: LevelContext): void {
    const { relation, description, level } = context;
    for (const caveat of caveatsOf(read, context)) {
      this.caveat(relation, caveat);
      if (caveat.kind === "unknown-reads") this.mayReadRequest(relation);
    }
    for (const name of new Set([...outputAndSortColumns(level), ...columnsInFilters(context)])) {
      const computed = description?.columns.has(name) ? undefined : description?.computed.get(name);
      if (computed) this.computed(relation, computed);
    }
  }

  /** Why changes alone do not tell when the answer moves. Sorted by kind and culprit, each once. */
  get caveats(): readonly Caveat[] {
    const named = [...this.#caveats].sort(([a], [b]) => (a < b ? -1 : 1));
    return named.map(([, caveat]) => caveat);
  }

  /** Whether something is not understood, and nothing but the owner's word (`dependsOn`) says what it reads. */
  get takesAWord(): boolean {
    return this.#takesAWord;
  }

  /** Whether something reads a part of the request that is in no key: then callers cannot share an answer. */
  get readsRequest(): boolean {
    return this.#readsRequest;
  }

  /** Notes what is not understood about the relation, unless the owner has declared by `dependsOn` what it reads. */
  caveat(relation: string, caveat: Caveat): void {
    this.claims.caveat(relation, caveat);
    this.#caveat(relation, caveat);
  }

  #caveat(relation: string, caveat: Caveat): void {
    if (caveat.kind === "unknown-reads" && this.#declared.dependsOn.has(relation)) {
      this.#takesAWord = true;
      // However it came to be read, the word says more than that this does not matter: it says what does.
      this.#byWord(relation);
      return;
    }
    this.#caveats.set(`${caveat.kind} ${caveat.culprit}`, caveat);
  }

  /** User-defined code makes, casts or compares values. It may read the request, unless the owner declares otherwise. */
  mayReadRequest(relation: string): void {
    if (!this.#isExcused(relation)) this.#readsRequest = true;
  }

  /** For a reader whose claims are known, `claimNeeds` has answered for whatever only may read the request. */
  #isExcused(relation: string): boolean {
    return this.#builder.hasReader || this.#declared.dependsOn.has(relation);
  }

  /** Adds what a function over the relation's rows reads besides its row. */
  computed(relation: string, { reads }: { readonly reads: Reads }): void {
    this.#noteCaveats(relation, reads);
    for (const [read, columns] of reads.calls) this.#whole(read, columns);
  }

  /**
   * Adds what functions read that are called, and their `dependsOn`.
   *
   * @param where of which rows of a relation the owner says that they read no others
   */
  called(name: string, reads: Reads, where: ReadonlyMap<string, readonly ShapeCondition[]>): void {
    // Its word is taken by row.
    this.#said.add(name);
    this.#noteCaveats(name, reads);
    const read = new Map([...reads.relations, ...reads.calls]);
    for (const relation of this.#closureOf(name))
      if (!where.has(relation) || !read.has(relation)) read.set(relation, []);
    for (const [relation, columns] of read) {
      const conditions = where.get(relation);
      if (conditions === undefined) this.#whole(relation, columns);
      else this.#rows(relation, columns, conditions);
    }
  }

  /** Adds every row of the relation. */
  whole(relation: string): void {
    this.#whole(relation, []);
  }

  *parts(): Iterable<Part> {
    yield* this.#lookups;
    for (const [relation, columns] of this.#wholes) {
      const all = columns === "all" ? undefined : [...columns].sort();
      yield this.#builder.part(relation, [], all, all);
    }
  }

  isWatched(relation: string): boolean {
    if (this.#watched.has(relation)) return true;
    return this.#schema.get(relation)?.ancestors.some((parent) => this.#watched.has(parent)) ?? false;
  }

  #reads(relation: string, attach?: AttachLookup, isGranted = false): void {
    const description = this.#schema.get(relation);
    // Of a relation that others only refer to, Postgres tells no columns.
    if (description === undefined || description.columns.size === 0) this.claims.undescribed(relation);
    if (description === undefined) return;
    for (const part of [relation, ...description.descendants]) {
      const kind = this.#schema.get(part)?.kind;
      if (kind === "materialized" || kind === "foreign")
        this.#caveat(relation, { kind: "unwatchable", culprit: part });
    }
    if (description.reads === undefined) return;
    this.#noteCaveats(relation, description.reads, isGranted);
    // The text of a policy does not tell which rows a function reads. They may be of the relation itself.
    const { lookups = [], called = [] } = this.#builder.policies(relation) ?? {};
    for (const [read, columns] of description.reads.calls) this.#lookUp(read, columns, called, undefined);
    for (const [read, columns] of description.reads.relations) {
      if (read !== relation) this.#lookUp(read, columns, lookups, attach);
    }
  }

  /** Adds all that the relation's `dependsOn` names. */
  #byWord(relation: string): void {
    if (this.#said.has(relation)) return;
    this.#said.add(relation);
    for (const each of this.#closureOf(relation)) this.#whole(each, []);
  }

  #closureOf(relation: string): ReadonlySet<string> {
    const closure = new Set<string>();
    for (const further of this.#declared.dependsOn.get(relation) ?? [])
      addWithDependencies(closure, further, this.#declared);
    return closure;
  }

  /** Adds the rows that the lookups may find in a relation, or all of them if there is none. */
  #lookUp(
    relation: string,
    columns: readonly string[],
    lookups: ResolvedRls["lookups"],
    attach: AttachLookup | undefined,
  ): void {
    const own = lookups.filter((lookup) => lookup.relation === relation);
    if (own.length === 0 || !isTable(this.#schema.get(relation))) this.#whole(relation, columns);
    else for (const lookup of own) this.#lookup(lookup, columns, attach);
  }

  #noteCaveats(relation: string, reads: Reads, isGranted = false): void {
    this.claims.read(relation, reads, isGranted);
    for (const caveat of reads.caveats) this.#caveat(relation, caveat);
    // No change of a row tells when an answer becomes an error, which depends on what Postgres evaluates first.
    const refused = this.#builder.refusedIn(reads)?.culprit;
    if (refused !== undefined) {
      const culprit = `${refused}, with claims that Postgres may refuse to cast`;
      this.#caveat(relation, { kind: "unwatchable", culprit });
    }
    const { keyedHeaders } = this.#declared;
    if (unkeyed(reads.request, this.#isExcused(relation), keyedHeaders).length > 0) this.#readsRequest = true;
  }

  /** Adds the rows that a policy looks up. Rows that the lookup itself rules out do not matter. */
  #lookup(
    lookup: PolicyLookup<PartialCondition>,
    read: readonly string[],
    attach: AttachLookup | undefined,
  ): void {
    const target = lookup.relation;
    const description = this.#schema.get(target);
    const where = lookup.where.map((each) => this.#conditions.compile(each, description, new Set()));
    const policy = this.#builder.policyColumns(target);
    const uncovered = this.#builder.uncoveredColumns(target);
    const columns = read.length === 0 || policy === "all" ? undefined : [...new Set([...read, ...policy])];
    const fixed =
      uncovered === "all" ? undefined : [...lookup.joins.map(({ column }) => column), ...uncovered];
    const asked: ShapeCondition[] = lookup.isExact ? where : [...where, { kind: "unknown" }];
    // Behind a view its owner reads, who may see more.
    const visible = () => (attach ? this.#builder.visible(target) : {});
    const permitted = this.#builder.hasReader ? visible() : undefined;
    const demanded = [...asked, ...this.#builder.demanded(permitted)];
    const part = this.#builder.part(target, demanded, columns, fixed);
    const bare: Part = { ...part, ...(permitted ?? visible()) };
    this.#lookups.push(attach?.(bare, lookup) ?? bare);
    if (this.#entered.has(target)) return;
    this.#entered.add(target);
    this.#reads(target);
  }

  /** Adds the rows that pass, with the columns named, or with all of them if none is. */
  #rows(relation: string, columns: readonly string[], where: readonly ShapeCondition[]): void {
    const policy = this.#builder.policyColumns(relation);
    const read = columns.length === 0 || policy === "all" ? undefined : [...new Set([...columns, ...policy])];
    this.#lookups.push(this.#builder.part(relation, where, read, read));
    if (this.#entered.has(relation)) return;
    this.#entered.add(relation);
    this.#reads(relation);
  }

  /** Adds every row of the relation, with the columns named, or with all of them if none is. */
  #whole(relation: string, columns: readonly string[]): void {
    const known = this.#wholes.get(relation);
    if (known === "all") return;
    const policy = this.#builder.policyColumns(relation);
    if (columns.length === 0 || policy === "all") this.#wholes.set(relation, "all");
    else this.#wholes.set(relation, new Set([...(known ?? []), ...columns, ...policy]));
    if (known === undefined) this.#reads(relation);
  }
}

/** Completes the part of a policy's lookup, when the answer shows the relation that the policy is on. */
export type AttachLookup = (part: Part, lookup: PolicyLookup<unknown>) => Part;

function isTable(description: RelationDescription | undefined): boolean {
  return description?.kind === "table" || description?.kind === "partitioned";
}
