/**
 * Shorter secrets are refused, in characters; keys that sign, in bytes. Sixteen random hexadecimal digits are 64 bits,
 * too many to try at the rate of an endpoint.
 */
export const MIN_SECRET_LENGTH = 16;

/** Blanks around a secret do not count: they are dropped where it is compared. */
export function isTooShort(secret: string): boolean {
  return [...secret.trim()].length < MIN_SECRET_LENGTH;
}

/** The same for `whsec_` and base64, as https://www.standardwebhooks.com writes a key. */
export function isSigningKeyTooShort(secret: string): boolean {
  const [digits = ""] = secret
    .trim()
    .replace(/^whsec_/, "")
    .split("=", 1);
  return Math.floor((digits.length * 6) / 8) < MIN_SECRET_LENGTH;
}

/** A secret that was drawn at random has more of them, even one of 16 hexadecimal digits: all but three in 100,000. */
const FEW_CHARACTERS = 6;

/** Words of examples, and what this repository itself shows. */
const PLACEHOLDER = /change.?me|replace.?me|your.?secret|example|placeholder|password|1234567|qwerty|^demo-/i;

/**
 * Why a secret that is long enough is probably not one, for people to look at; null when nothing speaks against it. It
 * is a guess, so nothing is refused for it.
 */
export function doubtAbout(secret: string): string | null {
  if (new Set(secret.trim()).size < FEW_CHARACTERS) return "has few different characters";
  return PLACEHOLDER.test(secret) ? "looks like a placeholder" : null;
}
