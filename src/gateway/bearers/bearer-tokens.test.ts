import fc from "fast-check";
import { expect, test } from "vitest";
import { bearerTokenOf, digestOf } from "./bearer-token.ts";
import { BearerTokens } from "./bearer-tokens.ts";

function counted() {
  const hashed: string[] = [];
  const tokens = new BearerTokens((token) => {
    hashed.push(token);
    return digestOf(token);
  });
  return { tokens, hashed };
}

const aToken = (n: number) => `eyJhbGciOiJIUzI1NiJ9.${String(n).padStart(20, "0")}.c2ln`;

test("hashes a token once, however often it is shown", () => {
  const { tokens, hashed } = counted();
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 100; n++) {
      const token = aToken(n);
      expect(tokens.bearerOf(`Bearer ${token}`)).toEqual({ token, digest: digestOf(token) });
    }
  }
  expect(hashed).toHaveLength(100);
});

test("S2. says of any header what it is by itself, whatever was shown before", () => {
  const part = fc.constantFrom("a", "b", ".", "=", " ", ",", "ä", "Bearer ", "bearer ", "aaaaaaaaaaaaaaaa");
  const header = fc
    .array(part, { maxLength: 8 })
    .chain((parts) => fc.constantFrom(`Bearer ${parts.join("")}`, parts.join("")));
  fc.assert(
    fc.property(fc.array(header, { maxLength: 40 }), (headers) => {
      const tokens = new BearerTokens();
      for (const each of [...headers, ...headers]) {
        const token = bearerTokenOf(each);
        expect(tokens.bearerOf(each)).toEqual(token === null ? null : { token, digest: digestOf(token) });
      }
    }),
  );
  expect(new BearerTokens().bearerOf(null)).toBeNull();
});

test("a header of more than 4 KB is hashed each time", () => {
  const { tokens, hashed } = counted();
  const token = "a".repeat(4_090);
  for (let n = 0; n < 3; n++) expect(tokens.bearerOf(`Bearer ${token}`)?.digest).toBe(digestOf(token));
  expect(hashed).toHaveLength(3);
});

test("is bounded: what has not been shown for 10,000 others is hashed again", () => {
  const { tokens, hashed } = counted();
  for (let n = 0; n <= 10_000; n++) tokens.bearerOf(`Bearer ${aToken(n)}`);
  tokens.bearerOf(`Bearer ${aToken(10_000)}`);
  expect(hashed).toHaveLength(10_001);
  tokens.bearerOf(`Bearer ${aToken(0)}`);
  expect(hashed).toHaveLength(10_002);
});
