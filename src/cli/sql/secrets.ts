import { createHash, createHmac, randomBytes } from "node:crypto";
import { isTooShort, MIN_SECRET_LENGTH } from "../../gateway/http/secret-strength.ts";
import { signer } from "../../relay/options.ts";
import { CommandError } from "../command/command-error.ts";

export interface Secret {
  readonly value: string;
  /** Where it was found, such as `.dev.vars`; null when it was just made, so that it has to be shown. */
  readonly source: string | null;
}

/** A secret as it was found. */
export interface GivenSecret {
  readonly value: string;
  readonly source: string;
}

/** A new secret of 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A new signing key, as https://www.standardwebhooks.com writes it. */
function newNudgeSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/**
 * The given secret, or a new one.
 *
 * @param name the variable that gave it, for the message
 * @throws CommandError when the gateway would refuse the secret
 */
export function captureSecret(given: GivenSecret | undefined, name: string): Secret {
  if (given === undefined) return { value: newSecret(), source: null };
  if (!isTooShort(given.value)) return given;
  throw new CommandError(
    `${name} is shorter than ${MIN_SECRET_LENGTH} characters`,
    "Have another one made: the same command with --rotate",
  );
}

/**
 * The given signing key, or a new one.
 *
 * @throws RelayOptionsError when the gateway would refuse the key
 */
export function nudgeSecret(given: GivenSecret | undefined): Secret {
  const secret = given ?? { value: newNudgeSecret(), source: null };
  signer(secret.value);
  return secret;
}

/** The hash that the database stores. A plain hash is enough, because the secret has 256 bits. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}

const TOKEN_YEARS = 10;

/**
 * A JSON Web Token (RFC 7519, HS256) that gives its bearer the keeper's role in PostgREST.
 *
 * @throws CommandError when the secret is shorter than PostgREST allows
 */
export function keeperToken(jwtSecret: string, role: string, now = new Date()): string {
  if (jwtSecret.length < 32) {
    throw new CommandError("the JWT secret is shorter than 32 characters", "PostgREST refuses a shorter one");
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
