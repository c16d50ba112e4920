import { mayFail } from "../query/may-fail.ts";
import { handleOf } from "../query/output-columns.ts";
import type { EmbedItem, Level, Query } from "../query/query.ts";
import type { Read } from "../query/read.ts";
import type { Caveat, Schema } from "../schema/schema.ts";
import { ConditionCompiler } from "../shape/conditions.ts";
import type { Part, ShapeCondition, ShapePlacing } from "../shape/shape.ts";
import { caveatsOf, shownColumns, withCounts } from "./caveats.ts";
import { Dependencies } from "./dependencies.ts";
import { filteredColumns, groupsParents, impliedConditions, influenceOf, sortsParents } from "./embeds.ts";
import type { FootprintBypass, Vouched } from "./footprint.ts";
import { type Anchor, canGo, type Scope } from "./level.ts";
import { compileWindow, startsAtFirst } from "./page.ts";
import { type Relationship, relationshipsOf } from "./relationship.ts";
import { demandedBy, joinOf, lookupPart, shownOf, shownTargets } from "./visibility.ts";

export interface Compiled {
  readonly parts: readonly Part[];
  readonly caveats: readonly Caveat[];
  readonly literals: readonly string[];
}

/** What Postgres' own description tells of a read, or why that cannot be told. */
export function compileShape(
  read: Read,
  query: Query,
  vouched: Vouched,
  schema: Schema,
): Compiled | FootprintBypass {
  return new ShapeCompiler(read, vouched, schema).compile(query);
}

class ShapeCompiler {
  readonly #read: Read;
  readonly #schema: Schema;
  readonly #dependencies: Dependencies;
  readonly #conditions = new ConditionCompiler();
  readonly #parts: Part[] = [];
  #unknownEmbed = false;

  constructor(read: Read, vouched: Vouched, schema: Schema) {
    this.#read = read;
    this.#schema = schema;
    this.#dependencies = new Dependencies(schema, vouched, this.#conditions);
  }

  compile(query: Query): Compiled | FootprintBypass {
    const fromStart = startsAtFirst(this.#read, query.root);
    const anchor: Anchor = { implied: [], columns: [], path: [], isOwn: true, fromStart };
    this.#level(`${this.#read.schema}.${this.#read.relation}`, query.root, anchor, true);
    if (this.#unknownEmbed) return "unknown-embed";
    if (this.#dependencies.readsRequest) return "reads-request";
    const parts = [...this.#parts, ...this.#dependencies.parts()];
    return { parts, caveats: this.#dependencies.caveats, literals: this.#conditions.literals };
  }

  /** Adds what a level depends on; answers its filter. */
  #level(relation: string, asked: Level, anchor: Anchor, isRoot: boolean): readonly ShapeCondition[] {
    const schema = this.#schema;
    const description = schema.get(relation);
    const level = withCounts(asked, description);
    const embeds = level.select.filter((item) => item.kind === "embed");
    const handles = new Set(embeds.map(handleOf));
    const isSafe = !mayFail(level.where);
    const own: readonly ShapeCondition[] = isSafe
      ? this.#conditions.compileAll(level.where, description, handles)
      : [{ kind: "unknown" }];
    const demanded = isSafe ? demandedBy(schema, this.#conditions, relation, level) : [];
    const where = [...own, ...(isSafe ? anchor.implied : []), ...demanded];
    const scope: Scope = { schema, relation, description, level, anchor, where, isSafe, handles, isRoot };
    const joins = embeds.map((embed) => ({ embed, relationships: this.#embed(scope, embed) }));
    const joined = joins.flatMap(({ relationships }) => relationships.flatMap((each) => each.parentColumns));
    const window = isRoot && isSafe && compileWindow(this.#read, level, description, this.#conditions);
    const shown = isSafe && shownOf(scope);
    const placing = this.#placing(scope, joined);
    const deciding = this.#deciding(scope, joined);
    this.#understand(scope);
    this.#parts.push({
      ...this.#dependencies.part(relation, where, deciding?.columns, deciding?.fixed),
      ...this.#dependencies.visible(relation),
      ...(window && { window }),
      ...(isSafe && anchor.join && { join: anchor.join }),
      ...(shown && { shown }),
      ...(placing && { placing }),
    });
    this.#dependencies.read(relation, (part, lookup) => lookupPart(scope, this.#conditions, part, lookup));
    return own;
  }

  /** The columns whose output text decides (those always, these by filter or policy); undefined when all may. */
  #deciding(scope: Scope, joined: readonly string[]): Pick<Part, "columns" | "fixed"> | undefined {
    const { relation, description, level, anchor } = scope;
    const policy = this.#dependencies.policyColumns(relation);
    const uncovered = this.#dependencies.uncoveredColumns(relation);
    if (description === undefined || policy === "all" || uncovered === "all") return undefined;
    const columns = new Set([...anchor.columns, ...joined, ...uncovered]);
    // PostgREST reads whole rows for an empty select, though it shows none of it.
    const isWhole = level.select.length === 0 || level.select.some((item) => item.kind === "star");
    if (isWhole) for (const name of description.columns.keys()) columns.add(name);
    for (const name of shownColumns(level)) columns.add(name);
    const fixed = [...columns].sort();
    for (const name of [...this.#filtered(scope), ...policy]) columns.add(name);
    // A function over the row may read any of its columns.
    if ([...columns].some((name) => !description.columns.has(name))) return undefined;
    return { columns: [...columns].sort(), fixed };
  }

  /** Notes what the level asks for that is not understood, and what functions over its rows read. */
  #understand(scope: Scope): void {
    const { relation, description, level } = scope;
    for (const caveat of caveatsOf(this.#read, scope)) {
      this.#dependencies.caveat(relation, caveat);
      if (caveat.kind === "unknown-reads") this.#dependencies.mayAsk(relation);
    }
    for (const name of new Set([...shownColumns(level), ...this.#filtered(scope)])) {
      const computed = description?.columns.has(name) ? undefined : description?.computed.get(name);
      if (computed) this.#dependencies.computed(relation, computed);
    }
  }

  /** A type that somebody has tampered with may join by a function of theirs. */
  #joinedBy(relation: string, columns: readonly string[]): void {
    for (const name of columns) {
      const caveat = this.#schema.get(relation)?.columns.get(name)?.caveat;
      if (caveat) this.#dependencies.caveat(relation, caveat);
    }
  }

  #placing(scope: Scope, joined: readonly string[]): ShapePlacing | undefined {
    const { relation, level, anchor } = scope;
    const policy = this.#dependencies.policyColumns(relation);
    const uncovered = this.#dependencies.uncoveredColumns(relation);
    if (policy === "all" || uncovered === "all") return undefined;
    const sorted = level.order.flatMap((term) => (term.embed === undefined ? [term.field.column] : []));
    const names = [...joined, ...anchor.columns, ...sorted, ...uncovered];
    const fixed = this.#dependencies.comparable(relation, names);
    const columns = this.#dependencies.comparable(relation, [...names, ...this.#filtered(scope), ...policy]);
    return columns && fixed && { columns, fixed };
  }

  /** The columns that filters name. A name may be an embed's, a column's, or both at once. */
  #filtered({ level, description, handles }: Scope): readonly string[] {
    const names = [...filteredColumns(level.where)];
    return names.filter((name) => !handles.has(name) || description?.columns.has(name));
  }

  /** Adds what an embed depends on; answers how it joins. */
  #embed(scope: Scope, embed: EmbedItem): readonly Relationship[] {
    const relationships = relationshipsOf(this.#schema, scope.relation, embed);
    const isKnown = relationships.every(
      ({ target, junction }) =>
        this.#dependencies.isWatched(target) &&
        (!junction || this.#dependencies.isWatched(junction.relation)),
    );
    if (relationships.length === 0 || !isKnown) {
      this.#unknownEmbed = true;
      return [];
    }
    const isSingle = relationships.length === 1 && relationships[0]?.isExact === true;
    const named = scope.description?.computed.get(embed.relation);
    const computed = named?.target === undefined ? undefined : named;
    if (computed) this.#dependencies.computed(scope.relation, computed);
    for (const relationship of relationships) {
      // Which of its rows a function gives back is the function's secret.
      if (computed) this.#dependencies.whole(relationship.target);
      this.#relationship(scope, embed, relationship, isSingle);
    }
    return relationships;
  }

  /** Only a relationship without rivals is surely the one that joins, and can narrow what matters. */
  #relationship(scope: Scope, embed: EmbedItem, relationship: Relationship, isSingle: boolean): void {
    const { level, description, anchor, where } = scope;
    const { target, columns, parentColumns, junction } = relationship;
    this.#joinedBy(scope.relation, parentColumns);
    for (const term of level.order) {
      if (term.embed !== handleOf(embed)) continue;
      const { column: name } = term.field;
      const column = this.#schema.get(target)?.columns.get(name);
      const caveat = column
        ? column.caveat
        : ({ kind: "unwatchable", culprit: `${target}.${name}` } as const);
      if (caveat) this.#dependencies.caveat(target, caveat);
    }
    this.#joinedBy(junction?.relation ?? target, columns);
    if (junction) this.#joinedBy(junction.relation, junction.toTarget);
    const influence = influenceOf(level, embed);
    const isOwn = anchor.isOwn && isSingle && !embed.spread && !sortsParents(level, embed);
    const path = groupsParents(level, embed) ? undefined : anchor.path;
    const joined = this.#schema.get(junction?.relation ?? target);
    const narrowed = {
      implied: isSingle
        ? [
            ...this.#conditions.notNull(columns, joined),
            ...impliedConditions(where, description, parentColumns, joined, columns),
          ]
        : [],
      join: joinOf(scope, embed, relationship, isSingle),
    };
    const child: Anchor = {
      implied: [],
      columns: junction?.targetColumns ?? columns,
      path: path && isOwn ? [...path, handleOf(embed)] : path,
      isOwn,
      fromStart: influence === "none" || (influence === "admits" && canGo(scope)),
    };
    if (junction === undefined) {
      this.#level(target, embed.level, { ...child, ...narrowed }, false);
      return;
    }
    const targetWhere = this.#level(target, embed.level, child, false);
    const policy = this.#dependencies.policyColumns(junction.relation);
    const uncovered = this.#dependencies.uncoveredColumns(junction.relation);
    const both = [...columns, ...junction.toTarget];
    const joining = policy === "all" ? undefined : [...both, ...policy];
    const fixed = uncovered === "all" ? undefined : [...both, ...uncovered];
    const shown = shownTargets(this.#schema, target, junction, embed.level, child);
    const { targetColumns, toTarget } = junction;
    const targetDescription = this.#schema.get(target);
    const implied = impliedConditions(targetWhere, targetDescription, targetColumns, joined, toTarget);
    this.#parts.push({
      ...this.#dependencies.part(junction.relation, [...narrowed.implied, ...implied], joining, fixed),
      ...this.#dependencies.visible(junction.relation),
      ...(narrowed.join && { join: narrowed.join }),
      ...(shown && { shown }),
    });
    this.#dependencies.read(junction.relation);
  }
}
