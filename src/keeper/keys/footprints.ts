import type { ClaimPath, ReaderClaims } from "../../postgrest/claims/claims.ts";
import { volatileArgument } from "../../postgrest/footprint/call/argument-values.ts";
import { knownBy } from "../../postgrest/footprint/call/known-by.ts";
import { routineName, routineOf, routinesOf } from "../../postgrest/footprint/call/routine-of.ts";
import type { Declared } from "../../postgrest/footprint/footprint.ts";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import { claimNeeds } from "../../postgrest/footprint/needs/claim-needs.ts";
import { volatileLiteral } from "../../postgrest/footprint/volatile.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Query } from "../../postgrest/query/query.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { kinOf } from "../../postgrest/schema/kin.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";
import type { RowMap } from "../../rows/row-map.ts";
import { hash32 } from "../../runtime/hash.ts";
import type { Described, FootprintSource } from "../ports/ports.ts";
import type { CalledFunction } from "../protocol/admin.ts";

/** The version of footprints made without Postgres' description of its relations. */
export const NO_SCHEMA = "0";

type Facts = Omit<Described, "version">;

/** What the configuration says besides. */
interface Others {
  readonly claims?: ReadonlyMap<string, readonly ClaimPath[]>;
  readonly rows?: RowMap | undefined;
}

/** The relations as one role reads them. */
interface View {
  readonly schema: Schema | undefined;
  readonly declared: Declared;
}

/** What reads depend on, according to Postgres' own description of its relations where it is known. */
export class Footprints implements FootprintSource {
  readonly version: string;
  readonly rows: RowMap | undefined;
  /** For those who do not sign in. */
  readonly #common: View;
  /** For those who do, by role. Empty unless capture tells of changes of rows and schema (S4, S8). */
  readonly #views: ReadonlyMap<string, View>;
  readonly #claims: ReadonlyMap<string, readonly ClaimPath[]>;
  readonly #isCaptured: boolean;
  /** Relations whose changes reach the keeper. */
  readonly #watched: ReadonlySet<string>;

  /**
   * @param declared what the configuration says
   * @param described what the database says; null: it has not said
   * @param others `claims`: which claims functions read that cannot be looked into, "schema.name"; `rows`: by what rows are
   * told apart
   * @throws SchemaSyntaxError when the schema cannot be read
   */
  constructor(declared: Declared, described: Facts | null, { claims = new Map(), rows }: Others = {}) {
    // The configuration says that its keys read as the role anon; the database says whether policies bind that role.
    const obeysPolicies = declared.obeysPolicies === true && described?.anonObeysPolicies === true;
    const schema = described === null ? undefined : parseSchema(described.schema, described);
    this.#common = { schema, declared: { ...declared, obeysPolicies } };
    this.#views = described === null ? new Map() : viewsOf(declared, described);
    this.#claims = claims;
    this.#isCaptured = described !== null && described.watched !== null;
    this.rows = rows;
    this.version = versionOf(described, rows);
    // With capture the database knows what it watches. Without it, the configuration names the tables with webhooks.
    const byWord = [...declared.tables, ...[...declared.dependsOn.values()].flat()];
    this.#watched = new Set(described?.watched ?? byWord);
  }

  of(read: Read, reader: ReaderClaims | null = null): ReturnType<FootprintSource["of"]> {
    const view = reader === null ? this.#common : this.#views.get(reader.role);
    if (view === undefined) return { bypass: "audience-unknown" };
    const { schema, declared } = view;
    const query = parseQuery(read.relation, read.search);
    if (isTimeDependent(read, query, schema)) return { bypass: "time-dependent" };
    const result = footprintOf(read, query, declared, schema, reader ?? undefined);
    if ("bypass" in result) return result;
    const { footprint } = result;
    const unwatched = footprint.relations.filter((relation) => !this.#isWatched(relation, schema));
    // The footprint may already call some of them unwatchable.
    const named = new Set(footprint.caveats.map(({ culprit }) => culprit));
    const further = unwatched.filter((relation) => !named.has(relation));
    if (further.length === 0) return { footprint };
    const caveats = further.map((culprit) => ({ kind: "unwatchable" as const, culprit }));
    return { footprint: { ...footprint, caveats: [...footprint.caveats, ...caveats] } };
  }

  needs(read: Read, role: string): ReturnType<FootprintSource["needs"]> {
    const view = this.#views.get(role);
    if (view?.schema === undefined) return { bypass: "audience-unknown" };
    const { schema, declared } = view;
    const query = parseQuery(read.relation, read.search);
    const needs = claimNeeds(read, query, declared, schema, this.#claims);
    if (needs.kind === "unknown") return { bypass: "audience-unknown", because: needs.because };
    if (needs.kind === "bypass") return { bypass: needs.reason };
    if (isTimeDependent(read, query, schema)) return { bypass: "time-dependent" };
    const { paths, relations } = needs;
    return { paths, relations };
  }

  called(read: Read): CalledFunction | null {
    const { schema, declared } = this.#common;
    const description = routinesOf(schema, read);
    if (read.call === undefined || description === undefined) return null;
    const routine = routineOf(description, read.call, parseQuery(read.relation, read.search));
    if (typeof routine === "string") return null;
    const name = routineName(read);
    return {
      signature: routine.signature,
      volatility: routine.volatility,
      reads: routine.isDefiner ? "as its owner" : "as the caller",
      knownBy: knownBy(name, routine, description, declared),
      rows: Object.fromEntries(declared.rows?.get(name) ?? []),
    };
  }

  concerns({ relation }: Change): boolean {
    const isDescribed = ({ schema }: View) => schema?.has(relation) === true;
    return (
      this.#watched.has(relation) ||
      this.#common.declared.tables.has(relation) ||
      (this.rows !== undefined && Object.hasOwn(this.rows.tables, relation)) ||
      [this.#common, ...this.#views.values()].some(isDescribed)
    );
  }

  keyColumns(relation: string): readonly string[] | null {
    if (!this.#common.declared.tables.has(relation)) return null;
    // Policies may show its rows to some of those who sign in, of whom nothing is described.
    if (this.#views.size === 0 && this.#common.schema?.get(relation)?.rowSecurity) return null;
    const views = [this.#common, ...this.#views.values()].map(({ schema }) => schema?.get(relation));
    const isPersonal = views.some((description) => {
      const { claims = [], request = [] } = description?.reads ?? {};
      return claims.length > 0 || request.length > 0;
    });
    return isPersonal ? null : (views[0]?.keys[0] ?? null);
  }

  /**
   * A view has no changes of its own; the relations it reads do. Capture covers heirs and partitions through their
   * parent, but a parent is not covered by its partitions. Webhooks are row triggers: a partitioned table passes them
   * on to its partitions, whichever statement changes those, and other tables do not pass them on to their heirs.
   */
  #isWatched(relation: string, schema: Schema | undefined): boolean {
    const description = schema?.get(relation);
    if (this.#isCaptured && schema !== undefined && !this.#arePartsWatched(relation, schema)) return false;
    if (this.#watched.has(relation)) return true;
    if (description === undefined) return false;
    if (description.kind === "view") return true;
    const { ancestors, descendants } = description;
    const isPartitioned = (name: string) => schema?.get(name)?.kind === "partitioned";
    if (ancestors.some((name) => this.#watched.has(name) && (this.#isCaptured || isPartitioned(name))))
      return true;
    return (
      !this.#isCaptured && isPartitioned(relation) && descendants.some((name) => this.#watched.has(name))
    );
  }

  /**
   * Whether each table that a part of this one belongs to is watched, too. Statements on a second parent change the rows of a
   * child, and fire no trigger of the first.
   */
  #arePartsWatched(relation: string, schema: Schema): boolean {
    const description = schema.get(relation);
    if (description === undefined || description.descendants.length === 0) return true;
    const isCovered = (name: string) =>
      this.#watched.has(name) ||
      (schema.get(name)?.ancestors ?? []).some((above) => this.#watched.has(above));
    const kin = kinOf(relation, schema);
    return kin !== undefined && [...kin].every(isCovered);
  }
}

function isTimeDependent(read: Read, query: Query, schema: Schema | undefined): boolean {
  const moving =
    read.call === undefined
      ? volatileLiteral(read, query, schema)
      : volatileArgument(read, read.call, query, schema);
  return moving !== undefined;
}

/** A database that does not announce changes of its schema may show another reader's rows before we hear of one (S8). */
function viewsOf(declared: Declared, described: Facts): ReadonlyMap<string, View> {
  if (described.watched === null || !described.noticesDdl) return new Map();
  const views = Object.entries(described.roles).map(([role, { schema, obeysPolicies }]): [string, View] => [
    role,
    { schema: parseSchema(schema, described), declared: { ...declared, obeysPolicies } },
  ]);
  return new Map(views);
}

function versionOf(described: Facts | null, rows: RowMap | undefined): string {
  const told = rows === undefined ? [] : [rows];
  if (described === null) return rows === undefined ? NO_SCHEMA : hashOf(told);
  const { schema, watched, noticesDdl, anonObeysPolicies, bounds, settings, roles } = described;
  const known = [schema, watched, noticesDdl, anonObeysPolicies, bounds, settings];
  return hashOf([...known, Object.entries(roles).sort(), ...told]);
}

function hashOf(facts: readonly unknown[]): string {
  const text = JSON.stringify(facts);
  return hash32(text).toString(36) + hash32(text, 1).toString(36);
}
