import { Webhook } from "standardwebhooks";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import { problem } from "../http/problem.ts";
import { readJsonText } from "../http/request/json-body.ts";
import { isSigningKeyTooShort, MIN_SECRET_LENGTH } from "../http/secret-strength.ts";
import { callKeeper, keeperUnavailable } from "./call-keeper.ts";

export interface NudgePorts {
  readonly env: { readonly TIDEMARK_NUDGE_SECRET?: string | undefined };
  /** A fresh stub. */
  readonly keeper: () => Pick<KeeperCalls, "nudge">;
}

/** A nudge only says that there is something to pull. */
const MAX_BYTES = 4_096;

/**
 * `POST /_tidemark/nudge`, from the database (pg_net) or the relay, signed by https://www.standardwebhooks.com. Answers
 * 202 when the keeper has received it. A nudge may come twice, late or never: proofs rest on pulls.
 */
export async function handleNudge(request: Request, { env, keeper }: NudgePorts): Promise<Response> {
  const secret = env.TIDEMARK_NUDGE_SECRET?.trim() ?? "";
  if (secret === "") {
    return problem("secret-not-set", "Set it with: wrangler secret put TIDEMARK_NUDGE_SECRET");
  }
  if (isSigningKeyTooShort(secret)) {
    return problem(
      "secret-too-short",
      `Set one of at least ${MIN_SECRET_LENGTH} bytes, as tidemark sql makes it, with: wrangler secret put TIDEMARK_NUDGE_SECRET`,
    );
  }
  const text = await readJsonText(request, MAX_BYTES);
  if (text instanceof Response) return text;
  if (!isSigned(text, request.headers, secret)) {
    return problem("unauthorized", "The signature is missing, wrong, or older than five minutes");
  }
  const heard = await callKeeper(keeper, (calls) => calls.nudge().then(() => true));
  if (heard === undefined) return keeperUnavailable("The nudge was not accepted; the next read pulls anyway");
  return new Response(null, { status: 202, headers: { "cache-control": "no-store" } });
}

/** False also for a secret that is not `whsec_` and base64: no signature can match it. */
function isSigned(text: string, headers: Headers, secret: string): boolean {
  try {
    new Webhook(secret).verify(text, Object.fromEntries(headers), { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
