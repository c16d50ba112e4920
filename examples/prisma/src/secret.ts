/**
 * True when the secret is set and the presented one equals it. It compares digests in constant time, so timing reveals
 * neither where the two differ nor how long the secret is.
 */
export async function isSecret(presented: string, secret: string | undefined): Promise<boolean> {
  if (secret === undefined || secret === "") return false;
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all(
    [presented, secret].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  return a !== undefined && b !== undefined && crypto.subtle.timingSafeEqual(a, b);
}
