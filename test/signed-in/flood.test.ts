import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ADA, BORIS } from "../../demo/readers.ts";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";
import { Asked } from "./asked.ts";
import {
  article,
  audiencesConfig,
  BOOKMARKS,
  bearing,
  IN_AN_HOUR,
  idsOf,
  isHit,
  signed,
  signIn,
} from "./people.ts";

let stack: Stack;
let asked: Asked;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", config: audiencesConfig });
  asked = new Asked(stack);
});

afterAll(() => stack?.stop());
beforeEach(() => asked.reset());

/** Each test's reads are one client's. */
let client = 0;

beforeEach(() => {
  client += 1;
});

/** Makes this many reads, twenty at a time; returns how often each status and Cache-Status was the answer. */
async function flood(count: number, token: (n: number) => string, target: (n: number) => string) {
  const seen = new Map<string, number>();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      const { status, cacheStatus } = await stack.read(target(n), {
        headers: { ...bearing(token(n)).headers, "cf-connecting-ip": `203.0.113.${client}` },
      });
      const what = `${status} ${cacheStatus}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return seen;
}

it("S3. thousands of forged tokens cost the database what they would cost without us", async () => {
  const forged = (n: number) => `${signed({ role: "authenticated", sub: BORIS.id, exp: IN_AN_HOUR, n })}x`;
  const seen = await flood(3_000, forged, (n) => article(1 + (n % 50)));
  expect([...seen.keys()]).toEqual(["401 tidemark; fwd=bypass; detail=token-unknown"]);
  expect(asked.total).toBe(3_000);
  expect(asked.whoami()).toBe(0);
});

it("S3. a thousand real tokens of one client cost the database at most twice as much, and crowd nobody out", async () => {
  const ada = await signIn(stack, ADA);
  await ada.readUntilHit(BOOKMARKS);
  asked.reset();
  const tokens = (n: number) =>
    signed({ role: "authenticated", sub: BORIS.id, exp: IN_AN_HOUR, jti: `${n}` });
  const seen = await flood(1_000, tokens, (n) => article(1 + (n % 50)));
  expect([...seen]).toEqual([["200 tidemark; fwd=bypass; detail=token-unknown", 1_000]]);
  expect(asked.total - asked.whoami()).toBe(1_000);
  expect(asked.whoami()).toBeGreaterThan(0);
  expect(asked.whoami()).toBeLessThanOrEqual(1_000);
  const [answer] = await ada.readUntilHit(BOOKMARKS);
  expect(isHit(answer)).toBe(true);
  expect(idsOf(answer as never)).toEqual([1, 2, 3, 4, 5, 6]);
});

it("one token that reads a lot is asked about once, whoever waits", async () => {
  const token = signed({ role: "authenticated", sub: BORIS.id, exp: IN_AN_HOUR, jti: "one" });
  const seen = await flood(
    400,
    () => token,
    (n) => article(1 + (n % 100)),
  );
  for (const what of seen.keys()) expect(what).toMatch(/^200 /);
  expect(asked.whoami(token)).toBe(1);
});
