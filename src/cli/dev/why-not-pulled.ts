import { databaseTarget } from "../../gateway/classify/database-target.ts";
import type { ResolvedConfig } from "../../gateway/config/config.ts";
import { schemaQuestionOf } from "../../gateway/config/keeper-settings.ts";
import type { Check } from "../check/check.ts";
import { askWholeSchema } from "../doctor/ask-schema.ts";
import { refusalCheck } from "../doctor/database-checks.ts";

/**
 * Asks the database what the keeper has asked, for the reason that it gives and what to do about it.
 *
 * @param env the gateway's variables and secrets
 * @returns undefined when there is no secret to ask with, or the database answers
 */
export async function whyNotPulled(
  config: ResolvedConfig,
  env: Readonly<Record<string, unknown>>,
): Promise<Check | undefined> {
  const { TIDEMARK_CAPTURE_SECRET: secret, TIDEMARK_CAPTURE_TOKEN: token } = env;
  if (typeof secret !== "string" || secret.trim() === "") return undefined;
  const target = databaseTarget(config, {
    token: typeof token === "string" ? token : undefined,
    secret: secret.trim(),
  });
  const answer = await askWholeSchema(target, schemaQuestionOf(config));
  return "kind" in answer ? refusalCheck(answer, target) : undefined;
}
