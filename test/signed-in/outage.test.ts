import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ADA } from "../../demo/readers.ts";
import { type Answer, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { article, BOOKMARKS, BOUND_MS, isHit, type Person, signIn } from "./people.ts";

let stack: Stack;
let ada: Person;

beforeAll(async () => {
  const lively = { freshness: `${BOUND_MS}ms`, staleIfError: "10m" } as const;
  stack = await startStack({
    changes: "pulled",
    config: {
      tables: { articles: lively, bookmarks: lively },
    },
  });
  ada = await signIn(stack, ADA);
});

afterAll(() => stack?.stop());
afterEach(() => stack.supabase.setDown(false));

/** Reads while the database is down; returns the first answer that is no longer within its bound. */
async function readInOutage(target: string): Promise<Answer> {
  await ada.readUntilHit(target);
  stack.supabase.setDown(true);
  return until("the bound has passed", async () => {
    const answer = await ada.read(target);
    return isHit(answer) && !answer.cacheStatus.endsWith("detail=stale-if-error") ? undefined : answer;
  });
}

it("S13. an answer for one person is not served past its bound while the database is down", async () => {
  const answer = await readInOutage(BOOKMARKS);
  expect([502, 504]).toContain(answer.status);
  expect(isHit(answer)).toBe(false);
});

it("S13. one that is everybody's is, where the table allows it, and says so", async () => {
  const answer = await readInOutage(article(5));
  expect(answer.status).toBe(200);
  expect(answer.cacheStatus).toBe("tidemark; hit; detail=stale-if-error");
});

it("I9. when the database is back, so are the answers", async () => {
  expect((await readInOutage(BOOKMARKS)).status).toBeGreaterThanOrEqual(500);
  stack.supabase.setDown(false);
  const answers = await ada.readUntilHit(BOOKMARKS);
  expect(answers.at(-1)?.json).toHaveLength(6);
});
