import { problem } from "./problem.ts";
import { isTooShort, MIN_SECRET_LENGTH } from "./secret-strength.ts";

/**
 * Null when a request shows the secret as `Authorization: Bearer <secret>`, else the problem to answer with. A secret
 * that is unset, empty or guessable refuses every request, so that forgetting one cannot open the endpoint.
 */
export async function refuseWithout(
  secret: string | undefined,
  name: "TIDEMARK_ADMIN_SECRET" | "TIDEMARK_WEBHOOK_SECRET",
  request: Request,
): Promise<Response | null> {
  if (secret === undefined || secret.trim() === "") {
    return problem("secret-not-set", `Set it with: wrangler secret put ${name}`);
  }
  if (isTooShort(secret)) {
    return problem(
      "secret-too-short",
      `Set one of at least ${MIN_SECRET_LENGTH} characters with: wrangler secret put ${name}`,
    );
  }
  const shown = /^Bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (shown !== undefined && (await sameText(shown.trim(), secret.trim()))) return null;
  return problem("unauthorized", `Send Authorization: Bearer, followed by ${name}`, {
    headers: { "www-authenticate": 'Bearer realm="tidemark"' },
  });
}

/**
 * Compares the digests of two texts, and all of each, so that the time it takes reveals neither where they differ nor
 * how long they are. (`crypto.subtle.timingSafeEqual` exists in workerd only.)
 */
async function sameText(a: string, b: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const [digestA, digestB] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  const bytesA = new Uint8Array(digestA ?? new ArrayBuffer(0));
  const bytesB = new Uint8Array(digestB ?? new ArrayBuffer(0));
  let difference = bytesA.length ^ bytesB.length;
  for (let index = 0; index < bytesA.length; index++) {
    difference |= (bytesA[index] ?? 0) ^ (bytesB[index] ?? 0);
  }
  return difference === 0;
}
