import { doubtAbout, isTooShort, MIN_SECRET_LENGTH } from "../../gateway/http/secret-strength.ts";
import { RelayOptionsError, signer } from "../../relay/options.ts";
import type { Environment } from "../command/environment.ts";
import { type Check, type CheckName, ok, warning, wrong } from "./check.ts";

type SecretName = "TIDEMARK_CAPTURE_SECRET" | "TIDEMARK_ADMIN_SECRET" | "TIDEMARK_WEBHOOK_SECRET";

/** What the gateway would say about its secrets. Messages name a secret and never repeat it. */
export function secretChecks(env: Environment): readonly Check[] {
  const capture = env.TIDEMARK_CAPTURE_SECRET?.trim()
    ? strengthCheck("capture-secret", "TIDEMARK_CAPTURE_SECRET", env)
    : warning(
        "capture-secret",
        "TIDEMARK_CAPTURE_SECRET is not set: changes come as webhooks, and freshness counts from their arrival",
        "To count from commits, install capture: tidemark sql makes the secret; put it into .dev.vars and into the gateway: wrangler secret put TIDEMARK_CAPTURE_SECRET",
      );
  return [
    capture,
    // Only the gateway needs these, so they may be missing here.
    ...(env.TIDEMARK_ADMIN_SECRET?.trim()
      ? [strengthCheck("admin-secret", "TIDEMARK_ADMIN_SECRET", env)]
      : []),
    ...(env.TIDEMARK_WEBHOOK_SECRET?.trim()
      ? [strengthCheck("webhook-secret", "TIDEMARK_WEBHOOK_SECRET", env)]
      : []),
  ];
}

function strengthCheck(check: CheckName, name: SecretName, env: Environment): Check {
  const secret = env[name] ?? "";
  const fix =
    name === "TIDEMARK_CAPTURE_SECRET"
      ? "Unset it, and tidemark sql makes another one; put that into .dev.vars and into the gateway: wrangler secret put TIDEMARK_CAPTURE_SECRET"
      : `Make another one with openssl rand -hex 32, and put it into the gateway: wrangler secret put ${name}`;
  if (isTooShort(secret)) {
    return wrong(
      check,
      `${name} is shorter than ${MIN_SECRET_LENGTH} characters: the gateway refuses it`,
      fix,
    );
  }
  const doubt = doubtAbout(secret);
  return doubt === null ? ok(check, `${name} is set`) : warning(check, `${name} ${doubt}`, fix);
}

export function nudgeCheck({ TIDEMARK_NUDGE_SECRET }: Environment): Check {
  const secret = TIDEMARK_NUDGE_SECRET?.trim() ?? "";
  if (secret === "")
    return ok("nudge-secret", "TIDEMARK_NUDGE_SECRET is not set: changes are found by pulls alone");
  try {
    signer(secret);
    return ok("nudge-secret", "TIDEMARK_NUDGE_SECRET is set");
  } catch (error) {
    const isShort = error instanceof RelayOptionsError && error.code === "secret-too-short";
    const fault = isShort ? `is shorter than ${MIN_SECRET_LENGTH} bytes` : "is not whsec_ and base64";
    const fix = "It must be the one that tidemark sql printed";
    return wrong("nudge-secret", `TIDEMARK_NUDGE_SECRET ${fault}`, fix);
  }
}
