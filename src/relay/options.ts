import { Webhook } from "standardwebhooks";
import { isSigningKeyTooShort, MIN_SECRET_LENGTH } from "../gateway/http/secret-strength.ts";

export interface GatewayTarget {
  /** The gateway's address, such as `https://cache.example.com`. */
  readonly gateway: string;
  /** The gateway's TIDEMARK_NUDGE_SECRET, a key of Standard Webhooks: `whsec_<base64>`. */
  readonly secret: string;
}

export type RelayOptionsErrorCode = "bad-gateway" | "bad-secret" | "secret-too-short" | "bad-database-url";

/** An option is invalid. The message names it but never its value, because two of the three hold a secret. */
export class RelayOptionsError extends Error {
  override readonly name = "RelayOptionsError";
  readonly code: RelayOptionsErrorCode;

  constructor(code: RelayOptionsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const NUDGE_PATH = "/_tidemark/nudge";

/**
 * The URL that nudges go to.
 *
 * @param gateway the gateway's address, or the whole URL
 * @throws RelayOptionsError `bad-gateway`
 */
export function nudgeUrl(gateway: string): string {
  if (!URL.canParse(gateway) || !/^https?:$/.test(new URL(gateway).protocol)) {
    throw new RelayOptionsError("bad-gateway", "the gateway's address is not an HTTP URL");
  }
  const url = new URL(gateway);
  if (!url.pathname.endsWith(NUDGE_PATH)) url.pathname = url.pathname.replace(/\/*$/, NUDGE_PATH);
  return url.href;
}

/** @throws RelayOptionsError `bad-secret` or `secret-too-short` */
export function signer(secret: string): Webhook {
  const webhook = webhookOf(secret);
  if (webhook === undefined) {
    throw new RelayOptionsError("bad-secret", "the nudge secret is not whsec_ and base64");
  }
  if (isSigningKeyTooShort(secret)) {
    const message = `the nudge secret is shorter than ${MIN_SECRET_LENGTH} bytes`;
    throw new RelayOptionsError("secret-too-short", message);
  }
  return webhook;
}

/**
 * Undefined for anything but `whsec_` and base64. The decoder's own error is dropped, because it may contain the
 * secret.
 */
function webhookOf(secret: string): Webhook | undefined {
  try {
    return secret.startsWith("whsec_") ? new Webhook(secret) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a client of Postgres can read it. One `%` in a password that is not written as `%25` is enough that none can. */
export function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname } = new URL(text);
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
  } catch {
    return false;
  }
  return /^postgres(?:ql)?:$/.test(protocol);
}

/** @throws RelayOptionsError `bad-database-url` */
export function checkDatabaseUrl(databaseUrl: string): void {
  // A list of hosts is for clients that may read from replicas.
  if (!isDatabaseUrl(databaseUrl) || databaseUrl.split(/[?/]/)[2]?.includes(",")) {
    throw new RelayOptionsError(
      "bad-database-url",
      "the database URL is not postgres://user:password@host/name, with %25 for a % in the password",
    );
  }
}
