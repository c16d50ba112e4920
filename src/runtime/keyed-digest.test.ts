import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { keyedDigest } from "./keyed-digest.ts";

test("S6. a keyed digest is HMAC-SHA-256 in letters that a key may hold", async () => {
  const secret = new Uint8Array(32).map((_, at) => at * 7);
  const digest = keyedDigest(secret);
  for (const text of ["", "org=7", "13:authenticated", "é\u0000"]) {
    const expected = createHmac("sha256", secret).update(text).digest("base64url");
    expect(await digest(text)).toBe(expected);
    expect(expected).toMatch(/^[\w-]{43}$/);
  }
});

test("S6. another key makes another digest of the same text", async () => {
  const [one, other] = [1, 2].map((byte) => keyedDigest(new Uint8Array(32).fill(byte)));
  expect(await one?.("org=7")).not.toBe(await other?.("org=7"));
});
