import type { Attack } from "./attack.ts";
import { BUDGETS } from "./budgets.ts";
import { SIZES } from "./sizes.ts";
import { VERDICTS } from "./verdicts.ts";
import { WRITES } from "./writes.ts";

export const ATTACKS: readonly Attack[] = [...SIZES, ...VERDICTS, ...BUDGETS, ...WRITES];

/**
 * Attacks by the names that were given; all of them but those that `without` names.
 *
 * @throws Error for a name that no attack has
 */
export function attacksNamed(only: readonly string[], without: readonly string[]): readonly Attack[] {
  const known = new Set(ATTACKS.map(({ name }) => name));
  const unknown = [...only, ...without].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`no attack is named ${unknown}; there are: ${[...known].join(", ")}`);
  return ATTACKS.filter(({ name }) => !without.includes(name) && (only.length === 0 || only.includes(name)));
}
