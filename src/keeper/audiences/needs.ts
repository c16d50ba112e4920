import { reducedPaths } from "../../postgrest/claims/claim-paths.ts";
import type { ClaimPath } from "../../postgrest/claims/claims.ts";
import type { Read } from "../../postgrest/query/read.ts";
import { Lru } from "../../runtime/lru.ts";
import type { FootprintSource } from "../ports/ports.ts";
import type { NoAudience } from "../protocol/audience.ts";
import { needsText, scopeOf } from "./scope.ts";

/** Memory for the needs of queries that were asked for lately. */
const NEEDS_BYTES = 1_048_576;
const NEEDS_MAX = 2_000;

type OfRole = { readonly scope: string } | { readonly bypass: NoAudience };

/** What a read needs to know of its readers. */
export interface Needs {
  /** The claims that it needs of a reader of any role. Sharing less than could be is never wrong. */
  readonly paths: readonly ClaimPath[];
  /** The same as a text. */
  readonly text: string;
  /** For each role that is cached: the answers that stand or fall together (see `Witnesses`), or why there are none. */
  readonly byRole: ReadonlyMap<string, OfRole>;
}

/** What reads need to know of those who sign in, for one schema (S11). */
export class NeedsOfReads {
  readonly #roles: readonly string[];
  readonly #footprints: () => Pick<FootprintSource, "needs">;
  #known = empty();

  constructor(roles: readonly string[], footprints: () => Pick<FootprintSource, "needs">) {
    this.#roles = roles;
    this.#footprints = footprints;
  }

  of(read: Read): Needs {
    const key = JSON.stringify(read);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const footprints = this.#footprints();
    const found = this.#roles.map((role) => [role, footprints.needs(read, role)] as const);
    const all = found.flatMap(([, needs]) => ("bypass" in needs ? [] : needs.paths));
    const paths = reducedPaths(all);
    const byRole = new Map(
      found.map(([role, of]): [string, OfRole] => [
        role,
        "bypass" in of ? of : { scope: scopeOf(role, of.relations, paths) },
      ]),
    );
    const needs = { paths, text: needsText(paths), byRole };
    this.#known.set(key, needs, 2 * key.length + 1_000);
    return needs;
  }

  forget(): void {
    this.#known = empty();
  }
}

function empty(): Lru<Needs> {
  return new Lru({ maxBytes: NEEDS_BYTES, maxEntries: NEEDS_MAX });
}
