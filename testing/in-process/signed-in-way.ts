import { classify } from "../../src/gateway/classify/classify.ts";
import type { ResolvedConfig, TidemarkConfig } from "../../src/gateway/config/config.ts";
import { resolveConfig } from "../../src/gateway/config/resolve-config.ts";
import { Footprints } from "../../src/keeper/keys/footprints.ts";
import type { Described } from "../../src/keeper/ports/ports.ts";
import type { Read } from "../../src/postgrest/query/read.ts";

const KEY = "sb_publishable_test";

/** The path of a signed-in read from an owner's configuration to whose answer it may share: see `Way`. */
export class SignedInWay {
  readonly config: ResolvedConfig;
  footprints: Footprints;

  constructor(config: TidemarkConfig) {
    this.config = resolveConfig(config, {
      SUPABASE_URL: "https://project.invalid",
      SUPABASE_PUBLISHABLE_KEY: KEY,
      TIDEMARK_CAPTURE_SECRET: "the keeper's secret of these tests",
    });
    this.footprints = new Footprints(this.config.declared, null);
  }

  /** The database has another description. */
  learn(described: Described): void {
    this.footprints = new Footprints(this.config.declared, described, this.config.audiences);
  }

  read(relation: string, search: string): Read {
    const headers = new Headers({ apikey: KEY, authorization: "Bearer a.b.c", accept: "application/json" });
    const path = `/rest/v1/${relation}`;
    const classified = classify({ method: "GET", headers, body: null }, path, search, this.config);
    if (classified.kind === "bypass") throw new Error(`${relation}?${search}: ${classified.reason}`);
    return classified.read.asked;
  }
}
