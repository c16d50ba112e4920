import type { Declared, FootprintResult } from "../../postgrest/footprint/footprint.ts";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import { volatileLiteral } from "../../postgrest/footprint/volatile.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";
import { hash32 } from "../../runtime/hash.ts";
import type { Described } from "../ports/ports.ts";
import type { Unfit } from "../protocol/fill.ts";

/** The version of footprints that were made without Postgres' description of its relations. */
export const NO_SCHEMA = "0";

type Facts = Pick<Described, "schema" | "watched" | "anonObeysPolicies" | "bounds" | "settings">;

type Footprinted = FootprintResult | { readonly bypass: Unfit };

/** What reads depend on, by Postgres' own description of its relations where that is known. */
export class Footprints {
  /** Another one makes other footprints: a part of the generation. */
  readonly version: string;
  readonly #declared: Declared;
  readonly #schema: Schema | undefined;
  readonly #isCaptured: boolean;
  /** Relations whose changes reach the keeper. */
  readonly #watched: ReadonlySet<string>;

  /**
   * @param declared what the configuration says
   * @param described what the database says; null when that is not known
   * @throws SchemaSyntaxError when the schema cannot be read
   */
  constructor(declared: Declared, described: Facts | null) {
    // The configuration says that its keys are the role anon's, the database whether policies bind that role.
    const obeysPolicies = declared.obeysPolicies === true && described?.anonObeysPolicies === true;
    this.#declared = { ...declared, obeysPolicies };
    this.#schema = described === null ? undefined : parseSchema(described.schema, described);
    this.#isCaptured = described !== null && described.watched !== null;
    this.version = described === null ? NO_SCHEMA : hashOf(described);
    // With capture the database knows what it watches; else the owner has said for which tables webhooks come.
    const byWord = [...declared.tables, ...[...declared.dependsOn.values()].flat()];
    this.#watched = new Set(described?.watched ?? byWord);
  }

  /** @throws QuerySyntaxError when the search is not canonical, hence not of an isolate of this configuration */
  of(read: Read): Footprinted {
    const query = parseQuery(read.relation, read.search);
    if (volatileLiteral(read, query, this.#schema) !== undefined) return { bypass: "time-dependent" };
    const result = footprintOf(read, query, this.#declared, this.#schema);
    if ("bypass" in result) return result;
    const { footprint } = result;
    const unwatched = footprint.relations.filter((relation) => !this.#isWatched(relation));
    // What the footprint calls unwatchable already needs no second word.
    const named = new Set(footprint.caveats.map(({ culprit }) => culprit));
    const further = unwatched.filter((relation) => !named.has(relation));
    if (further.length === 0) return { footprint };
    const caveats = further.map((culprit) => ({ kind: "unwatchable" as const, culprit }));
    return { footprint: { ...footprint, caveats: [...footprint.caveats, ...caveats] } };
  }

  /** Whether an answer may depend on the relation of this change. */
  concerns({ relation }: Change): boolean {
    return (
      this.#watched.has(relation) ||
      this.#declared.tables.has(relation) ||
      this.#schema?.has(relation) === true
    );
  }

  /**
   * A view has no changes of its own: what it reads has. Capture covers heirs and partitions with their parent, and
   * is not told of a partition by a statement on its parent. Webhooks are triggers on rows: they are on a partitioned
   * table's partitions, whatever statement changes them, and not on the heirs of others.
   */
  #isWatched(relation: string): boolean {
    if (this.#watched.has(relation)) return true;
    const description = this.#schema?.get(relation);
    if (description === undefined) return false;
    if (description.kind === "view") return true;
    const { ancestors, descendants } = description;
    const isPartitioned = (name: string) => this.#schema?.get(name)?.kind === "partitioned";
    if (ancestors.some((name) => this.#watched.has(name) && (this.#isCaptured || isPartitioned(name))))
      return true;
    return (
      !this.#isCaptured && isPartitioned(relation) && descendants.some((name) => this.#watched.has(name))
    );
  }
}

function hashOf({ schema, watched, anonObeysPolicies, bounds, settings }: Facts): string {
  const text = JSON.stringify([schema, watched, anonObeysPolicies, bounds, settings]);
  return hash32(text).toString(36) + hash32(text, 1).toString(36);
}
