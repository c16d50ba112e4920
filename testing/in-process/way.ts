import { classify } from "../../src/gateway/classify/classify.ts";
import type { ResolvedConfig, TidemarkConfig } from "../../src/gateway/config/config.ts";
import { resolveConfig } from "../../src/gateway/config/resolve-config.ts";
import { Footprints } from "../../src/keeper/keys/footprints.ts";
import type { Described } from "../../src/keeper/ports/ports.ts";
import type { Footprint } from "../../src/postgrest/footprint/footprint.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import type { Change } from "../../src/postgrest/row/change.ts";

const KEY = "sb_publishable_test";

/** How an answer is kept: by changes, only by its age (and why), or not at all (and why). */
export type Kept =
  | { readonly by: "changes"; readonly footprint: Footprint; readonly asked: Read }
  | { readonly by: "age"; readonly reasons: readonly string[] }
  | { readonly by: "nothing"; readonly reason: string };

/**
 * The path of a read from an owner's configuration to what its answer depends on, with nothing made by hand: the
 * configuration is resolved, the request classified, and the footprint derived from the database's description.
 */
export class Way {
  readonly config: ResolvedConfig;
  readonly #key: string;
  #footprints: Footprints;

  /** @param key of readers, whose role is `anon`; policies tell less if the key does not say so */
  constructor(config: TidemarkConfig, described: Described | null, key = KEY) {
    this.#key = key;
    this.config = resolveConfig(config, {
      SUPABASE_URL: "https://project.invalid",
      SUPABASE_PUBLISHABLE_KEY: key,
    });
    this.#footprints = new Footprints(this.config.declared, described);
  }

  /** The database has another description. */
  learn(described: Described | null): void {
    this.#footprints = new Footprints(this.config.declared, described);
  }

  keep(relation: string, search: string, headers: Readonly<Record<string, string>> = {}): Kept {
    const request = {
      method: "GET",
      headers: new Headers({ apikey: this.#key, accept: "application/json", ...headers }),
      body: null,
    };
    const path = `/rest/v1/${encodeURIComponent(relation)}`;
    const classified = classify(request, path, search, this.config);
    if (classified.kind === "bypass") return { by: "nothing", reason: classified.reason };
    const { asked } = classified.read;
    const result = this.#footprints.of(asked);
    if ("bypass" in result) return { by: "nothing", reason: result.bypass };
    // As the keeper stores it.
    const footprint = JSON.parse(JSON.stringify(result.footprint)) as Footprint;
    if (footprint.caveats.length > 0)
      return { by: "age", reasons: footprint.caveats.map(({ kind, culprit }) => `${kind}: ${culprit}`) };
    return { by: "changes", footprint, asked };
  }

  /** The changes that the keeper considers. */
  concerning(changes: readonly Change[]): readonly Change[] {
    return changes.filter((change) => this.#footprints.concerns(change));
  }
}
