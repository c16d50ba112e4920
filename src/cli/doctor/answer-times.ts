import { type Check, type CheckName, warning } from "../check/check.ts";

/** What the keeper asks the database, and what to know when that is slow. */
const QUESTIONS = {
  tidemark_schema: {
    check: "schema",
    why: "the first description after a change of the schema takes several times as long as those after it",
  },
  tidemark_changes: {
    check: "pull",
    why: "the database may be busy",
  },
  tidemark_prune: {
    check: "prune",
    why: "much may have been due",
  },
} as const satisfies Record<string, { readonly check: CheckName; readonly why: string }>;

export type DatabaseQuestion = keyof typeof QUESTIONS;

/** How long the database took to answer, in milliseconds, by what it was asked: the longest of each. */
export type LongestAnswers = ReadonlyMap<DatabaseQuestion, number>;

/** Takes down how long answers take. */
export class AnswerTimes {
  readonly #longest = new Map<DatabaseQuestion, number>();

  get longest(): LongestAnswers {
    return this.#longest;
  }

  /** What `ask` answers. Its duration counts even when it fails. */
  async of<Answer>(question: DatabaseQuestion, ask: () => Promise<Answer>): Promise<Answer> {
    const startedAt = performance.now();
    try {
      return await ask();
    } finally {
      const took = performance.now() - startedAt;
      this.#longest.set(question, Math.max(took, this.#longest.get(question) ?? 0));
    }
  }
}

/**
 * Warns of each answer that came here, and for which the keeper would not have waited: doctor is more patient than it.
 *
 * @param keeperWaitsMs `timeouts.origin`
 */
export function slowAnswerChecks(longest: LongestAnswers, keeperWaitsMs: number): readonly Check[] {
  const slow = [...longest].filter(([, took]) => took > keeperWaitsMs);
  return slow.map(([question, took]) => {
    const { check, why } = QUESTIONS[question];
    const message = `${question} took ${inMs(took)} from here, and the keeper gives up after ${inMs(keeperWaitsMs)} (timeouts.origin)`;
    return warning(check, message, `Run doctor again: ${why}. ${IF_IT_STAYS}`);
  });
}

const IF_IT_STAYS = "If it stays so, raise timeouts.origin";

/** What to do when the database has not answered within the deadline of whoever asked. */
export function fixOfSilence(question: DatabaseQuestion): string {
  return `Try again: ${QUESTIONS[question].why}. ${IF_IT_STAYS}`;
}

function inMs(milliseconds: number): string {
  return `${Math.ceil(milliseconds).toLocaleString("en-US")} ms`;
}
