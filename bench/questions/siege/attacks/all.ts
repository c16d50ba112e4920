import type { Attack } from "./attack.ts";
import { BUDGETS } from "./budgets.ts";
import { SIZES } from "./sizes.ts";
import { VERDICTS } from "./verdicts.ts";
import { WRITES } from "./writes.ts";

export const ATTACKS: readonly Attack[] = [...SIZES, ...VERDICTS, ...BUDGETS, ...WRITES];

/**
 * The attacks named in `only`, or all of them; without those named in `without`.
 *
 * @throws Error for an unknown name
 */
export function attacksNamed(only: readonly string[], without: readonly string[]): readonly Attack[] {
  const known = new Set(ATTACKS.map(({ name }) => name));
  const unknown = [...only, ...without].find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`no attack is named ${unknown}; there are: ${[...known].join(", ")}`);
  return ATTACKS.filter(({ name }) => !without.includes(name) && (only.length === 0 || only.includes(name)));
}
