import { ChangeSyntaxError, changeFromWebhook } from "../postgrest/change.ts";
import { FootprintIndex } from "../postgrest/footprint-index.ts";
import { askedAs } from "./admin-keys.ts";
import type { ResolvedConfig } from "./config.ts";
import { BYPASS_REASONS } from "./outcome.ts";
import { problem } from "./problem.ts";

export interface Question {
  readonly query: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A Database Webhook's payload. */
  readonly change?: object | undefined;
}

/** How the gateway sees a query, without asking anybody; and whether a change would touch it. */
export function explain(
  { query, headers = {}, change }: Question,
  config: ResolvedConfig,
): object | Response {
  const asked = ask(query, headers, config);
  if (asked === undefined) return problem("invalid-field", "headers: one of them cannot be a header");
  if ("code" in asked) return problem(asked.code, asked.detail);
  const { classified } = asked;
  if (classified.kind === "bypass") {
    const { reason } = classified;
    return { query, kind: "bypass", reason, because: BYPASS_REASONS[reason] };
  }
  const { read, table } = classified;
  const verdict = change === undefined ? {} : verdictOn(change, read.footprint);
  return verdict instanceof Response ? verdict : { query, kind: "read", ...read, table, ...verdict };
}

function ask(query: string, headers: Readonly<Record<string, string>>, config: ResolvedConfig) {
  try {
    return askedAs("publishable", query, config, headers);
  } catch {
    return undefined;
  }
}

function verdictOn(change: object, footprint: Parameters<FootprintIndex["add"]>[1]) {
  try {
    const index = new FootprintIndex();
    index.add(0, footprint);
    const [affected] = index.affected(changeFromWebhook(JSON.stringify(change)));
    return { verdict: affected === undefined ? "unaffected" : "affected" };
  } catch (error) {
    // Besides the parser's own complaints: a payload too deep to be written out again.
    const why = error instanceof ChangeSyntaxError ? error.message : "the payload cannot be read";
    return problem("malformed-change", why);
  }
}
