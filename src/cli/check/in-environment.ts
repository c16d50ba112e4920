import type { Check } from "./check.ts";

/**
 * The same checks, with commands that are for this environment: `wrangler secret put` without `--env` would give production
 * another environment's secret.
 *
 * @param environment as `--env` names it; undefined: the top level
 */
export function inEnvironment(checks: readonly Check[], environment: string | undefined): readonly Check[] {
  if (environment === undefined) return checks;
  const forIt = (fix: string) =>
    fix
      .replaceAll(
        /\b(?:wrangler secret put [A-Z_]+|wrangler deploy|tidemark (?:sql|doctor))\b/g,
        `$& --env ${environment}`,
      )
      .replaceAll(/\.dev\.vars\b(?!\.)/g, `$&.${environment}`);
  return checks.map((check) => (check.fix === undefined ? check : { ...check, fix: forIt(check.fix) }));
}
