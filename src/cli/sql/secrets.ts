import { createHash, createHmac, randomBytes } from "node:crypto";
import { isTooShort, MIN_SECRET_LENGTH } from "../../gateway/http/secret-strength.ts";
import { signer } from "../../relay/options.ts";
import { CommandError } from "../command/command-error.ts";

export interface Secret {
  readonly value: string;
  /** Made just now: whoever asked must be told. */
  readonly isNew: boolean;
}

/**
 * The secret that was given, or a new one of 256 bits.
 *
 * @param name of the variable that gave it, for the message
 * @throws CommandError for one that the gateway would refuse
 */
export function captureSecret(given: string | undefined, name: string): Secret {
  if (!given) return { value: randomBytes(32).toString("base64url"), isNew: true };
  if (!isTooShort(given)) return { value: given, isNew: false };
  throw new CommandError(
    `${name} is shorter than ${MIN_SECRET_LENGTH} characters`,
    "Leave it unset, and a secret is made; or take one of: openssl rand -hex 32",
  );
}

/**
 * The same as https://www.standardwebhooks.com writes one.
 *
 * @throws RelayOptionsError for one that the gateway would refuse
 */
export function nudgeSecret(given: string | undefined): Secret {
  const value = given || `whsec_${randomBytes(32).toString("base64")}`;
  signer(value);
  return { value, isNew: !given };
}

/** What the database stores. The secret has 256 bits, so a plain hash is enough. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}

const TOKEN_YEARS = 10;

/**
 * A JSON Web Token (RFC 7519, HS256) by which PostgREST takes its bearer for the keeper's role.
 *
 * @throws CommandError when the secret is shorter than PostgREST takes
 */
export function keeperToken(jwtSecret: string, role: string, now = new Date()): string {
  if (jwtSecret.length < 32) {
    throw new CommandError("the JWT secret is shorter than 32 characters", "PostgREST takes none that is");
  }
  const issuedAt = Math.floor(now.getTime() / 1_000);
  const expires = new Date(now);
  expires.setUTCFullYear(now.getUTCFullYear() + TOKEN_YEARS);
  const claims = { iss: "tidemark", role, iat: issuedAt, exp: Math.floor(expires.getTime() / 1_000) };
  const content = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${createHmac("sha256", jwtSecret).update(content).digest("base64url")}`;
}
