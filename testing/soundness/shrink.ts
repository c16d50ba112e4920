import type { Database } from "./database.ts";
import { type Outcome, Trial } from "./trial.ts";

/** Each attempt recreates the fixture. */
const MAX_ATTEMPTS = 60;

/**
 * Drops one statement and query parameter after another, and returns the smallest case that is still a violation. One
 * that needs more than its last statement to show (an answer kept over several changes) is returned unchanged.
 */
export async function shrink(database: Database, violation: Outcome): Promise<Outcome> {
  let smallest = violation;
  const { read } = violation.asked;
  let attempts = MAX_ATTEMPTS;
  const attempt = async (history: readonly string[], search: string): Promise<boolean> => {
    attempts -= 1;
    if (attempts < 0) return false;
    const trial = new Trial(database, violation.id);
    const statement = violation.history.at(-1) ?? "";
    const outcome = await trial
      .replay(history, { ...violation.asked, read: { ...read, search } }, statement)
      .catch(() => undefined);
    const isViolation =
      outcome?.changed && !(outcome.verdict.affected && outcome.bareVerdict?.affected !== false);
    if (outcome !== undefined && isViolation) smallest = outcome;
    return isViolation === true;
  };
  let history = violation.history.slice(0, -1);
  let parameters = read.search.split("&");
  if (!(await attempt(history, parameters.join("&")))) return violation;
  for (const parameter of parameters) {
    const fewer = parameters.filter((each) => each !== parameter);
    if (await attempt(history, fewer.join("&"))) parameters = fewer;
  }
  for (let size = Math.ceil(history.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < history.length; ) {
      const fewer = [...history.slice(0, at), ...history.slice(at + size)];
      if (await attempt(fewer, parameters.join("&"))) history = fewer;
      else at += size;
    }
  }
  return smallest;
}
