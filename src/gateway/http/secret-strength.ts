/**
 * Shorter secrets are refused: counted in characters, or in bytes for signing keys. Sixteen random hexadecimal digits
 * are 64 bits, too many to try at the rate of an endpoint.
 */
export const MIN_SECRET_LENGTH = 16;

/** Blanks around a secret do not count, because the comparison drops them. */
export function isTooShort(secret: string): boolean {
  return [...secret.trim()].length < MIN_SECRET_LENGTH;
}

/** The same for a signing key, which https://www.standardwebhooks.com writes as `whsec_` and base64. */
export function isSigningKeyTooShort(secret: string): boolean {
  const [digits = ""] = secret
    .trim()
    .replace(/^whsec_/, "")
    .split("=", 1);
  return Math.floor((digits.length * 6) / 8) < MIN_SECRET_LENGTH;
}

/** Random secrets have more, even those of 16 hexadecimal digits: all but three in 100,000. */
const FEW_CHARACTERS = 6;

/** Words from examples, and the secrets in this repository's own demo. */
const PLACEHOLDER = /change.?me|replace.?me|your.?secret|example|placeholder|password|1234567|qwerty|^demo-/i;

/**
 * Why a secret that is long enough may still be weak, as a warning for its owner; null when it looks random. It is a
 * guess, so nothing is refused because of it.
 */
export function doubtAbout(secret: string): string | null {
  if (new Set(secret.trim()).size < FEW_CHARACTERS) return "has few different characters";
  return PLACEHOLDER.test(secret) ? "looks like a placeholder" : null;
}
