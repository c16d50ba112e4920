import type { Mode } from "../../keeper/protocol/position.ts";
import type { ConfigIssue, MirrorsConfig, ResolvedConfig } from "../config/config.ts";

/** What `GET config` tells: what was deployed, with every default filled in, and no key, secret or address. */
export interface ShownConfig {
  readonly defaultSchema: string;
  /** The mode of the environment. The stricter of this and an admin's holds. */
  readonly mode: Mode;
  /** Of readers who sign in, the roles whose reads are cached. */
  readonly roles: readonly string[];
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, DeployedTable>>;
  /** By the name under which `stats` counts them: `schema.name()`. */
  readonly functions: Readonly<Record<string, DeployedTable>>;
  /** Null: there are none. */
  readonly mirrors: MirrorsConfig | null;
  /** What is wrong in the environment, as health tells it: mirrors that are not bound, for one. */
  readonly issues: readonly ConfigIssue[];
}

interface DeployedTable {
  readonly freshnessMs: number;
  readonly ttlMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  readonly audience: "key" | "public";
}

export function shownConfig({
  defaultSchema,
  mode,
  audiences,
  tables,
  functions,
  mirrors,
  doubts: issues,
}: ResolvedConfig): ShownConfig {
  return {
    ...{ defaultSchema, mode, roles: audiences.roles, mirrors, issues },
    tables: deployed(tables),
    functions: deployed(functions),
  };
}

function deployed(configured: ReadonlyMap<string, DeployedTable>): Readonly<Record<string, DeployedTable>> {
  return Object.fromEntries(
    [...configured].map(([relation, each]) => {
      const { freshnessMs, ttlMs, staleWhileRevalidateMs, staleIfErrorMs, audience } = each;
      return [relation, { freshnessMs, ttlMs, staleWhileRevalidateMs, staleIfErrorMs, audience }];
    }),
  );
}
