import { ConfigError, type ResolvedConfig } from "../../gateway/config/config.ts";
import { CONFIG_FILE, readConfig } from "../command/project.ts";
import { type Check, ok, warning, wrong } from "./check.ts";

/** The checks of a configuration, and the configuration itself unless it is wrong. */
export interface CheckedConfig {
  readonly checks: readonly Check[];
  readonly config: ResolvedConfig | undefined;
}

/**
 * What `createGateway` would say of the configuration when the Worker loads.
 *
 * @param path undefined: `tidemark.config.ts`
 * @throws CommandError when there is no file, or it cannot be loaded
 */
export async function checkConfiguration(path: string | undefined): Promise<CheckedConfig> {
  const name = path ?? CONFIG_FILE;
  try {
    const config = await readConfig(path);
    const count = config.tables.size;
    const check =
      count === 0
        ? warning(
            "configuration",
            `${name} names no table, so nothing is cached`,
            "docs/configuration.md: tables",
          )
        : ok("configuration", `${name} caches ${count === 1 ? "one table" : `${count} tables`}`);
    return { checks: [check, ...tokenChecks(config)], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const checks = error.issues.map(({ path: field, message, fix }) =>
      wrong("configuration", `${name}: ${field} ${message}`, fix),
    );
    return { checks, config: undefined };
  }
}

/** How long the client's reads carry the token of a write, unless its owner sets something else. */
const TOKEN_LIFETIME_MS = 60_000;

/** Only the application says how long its tokens live, so what it must say is told here. */
function tokenChecks({ tables, functions }: ResolvedConfig): readonly Check[] {
  const sums = [...tables.values(), ...functions.values()]
    .filter(({ staleWhileRevalidateMs }) => staleWhileRevalidateMs > 0)
    .map(({ freshnessMs, staleWhileRevalidateMs }) => freshnessMs + staleWhileRevalidateMs);
  const longest = Math.max(0, ...sums);
  if (longest <= TOKEN_LIFETIME_MS) return [];
  const seconds = Math.ceil(longest / 1_000);
  return [
    warning(
      "configuration",
      `an answer may be ${seconds} s old (freshness and staleWhileRevalidate), and a client forgets its writes after a minute`,
      `Where the application calls tidemark(), give it tokenLifetime: "${seconds}s"`,
    ),
  ];
}
