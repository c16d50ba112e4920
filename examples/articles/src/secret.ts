/**
 * True when the secret is set and the one presented equals it. Digests are compared, in constant time: neither where
 * the two differ nor how long the secret is can be told from how long this takes.
 */
export async function isSecret(presented: string, secret: string | undefined): Promise<boolean> {
  if (secret === undefined || secret === "") return false;
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all(
    [presented, secret].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  return a !== undefined && b !== undefined && crypto.subtle.timingSafeEqual(a, b);
}
