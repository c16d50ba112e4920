import type { Check } from "../../check/check.ts";
import { askD1, askSchema, type D1Target } from "../../sql/d1/ask-d1.ts";
import { d1Checks, INSTALLATION_QUESTIONS, isInstalled } from "./d1-checks.ts";

/**
 * Checks what is watched of a D1 database.
 *
 * @throws CommandError when wrangler cannot ask it
 */
export async function checkD1(target: D1Target): Promise<readonly Check[]> {
  const schema = await askSchema(target);
  const answers = isInstalled(schema) ? await askD1(target, INSTALLATION_QUESTIONS) : [];
  const environment = target.env === undefined ? "" : ` --env ${target.env}`;
  const command = `npx tidemark sql --d1 ${target.database}${environment}${target.remote ? " --remote" : ""}`;
  return d1Checks(schema, answers, command);
}
