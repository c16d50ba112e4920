import type { Declared } from "../../postgrest/footprint/footprint.ts";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import { volatileLiteral } from "../../postgrest/footprint/volatile.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import type { Schema } from "../../postgrest/schema/schema.ts";
import { hash32 } from "../../runtime/hash.ts";
import type { Described, FootprintSource } from "../ports/ports.ts";

/** The version of footprints made without Postgres' description of its relations. */
export const NO_SCHEMA = "0";

type Facts = Pick<Described, "schema" | "watched" | "anonObeysPolicies" | "bounds" | "settings">;

/** What reads depend on, according to Postgres' own description of its relations where it is known. */
export class Footprints implements FootprintSource {
  readonly version: string;
  readonly #declared: Declared;
  readonly #schema: Schema | undefined;
  readonly #isCaptured: boolean;
  /** Relations whose changes reach the keeper. */
  readonly #watched: ReadonlySet<string>;

  /**
   * @param declared what the configuration says
   * @param described what the database says; null: it has not said
   * @throws SchemaSyntaxError when the schema cannot be read
   */
  constructor(declared: Declared, described: Facts | null) {
    // The configuration says that its keys read as the role anon; the database says whether policies bind that role.
    const obeysPolicies = declared.obeysPolicies === true && described?.anonObeysPolicies === true;
    this.#declared = { ...declared, obeysPolicies };
    this.#schema = described === null ? undefined : parseSchema(described.schema, described);
    this.#isCaptured = described !== null && described.watched !== null;
    this.version = described === null ? NO_SCHEMA : hashOf(described);
    // With capture the database knows what it watches. Without it, the configuration names the tables with webhooks.
    const byWord = [...declared.tables, ...[...declared.dependsOn.values()].flat()];
    this.#watched = new Set(described?.watched ?? byWord);
  }

  of(read: Read): ReturnType<FootprintSource["of"]> {
    const query = parseQuery(read.relation, read.search);
    if (volatileLiteral(read, query, this.#schema) !== undefined) return { bypass: "time-dependent" };
    const result = footprintOf(read, query, this.#declared, this.#schema);
    if ("bypass" in result) return result;
    const { footprint } = result;
    const unwatched = footprint.relations.filter((relation) => !this.#isWatched(relation));
    // The footprint may already call some of them unwatchable.
    const named = new Set(footprint.caveats.map(({ culprit }) => culprit));
    const further = unwatched.filter((relation) => !named.has(relation));
    if (further.length === 0) return { footprint };
    const caveats = further.map((culprit) => ({ kind: "unwatchable" as const, culprit }));
    return { footprint: { ...footprint, caveats: [...footprint.caveats, ...caveats] } };
  }

  concerns({ relation }: Change): boolean {
    return (
      this.#watched.has(relation) ||
      this.#declared.tables.has(relation) ||
      this.#schema?.has(relation) === true
    );
  }

  /**
   * A view has no changes of its own; the relations it reads do. Capture covers heirs and partitions through their
   * parent, but a parent is not covered by its partitions. Webhooks are row triggers: a partitioned table passes them
   * on to its partitions, whichever statement changes those, and other tables do not pass them on to their heirs.
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
