import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ADA, BORIS, CHIARA, DMITRI } from "../../demo/readers.ts";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { Asked } from "./asked.ts";
import {
  article,
  audiencesConfig,
  BOOKMARKS,
  idsOf,
  isHit,
  NOTES,
  type Person,
  personOf,
  signIn,
} from "./people.ts";

let stack: Stack;
let asked: Asked;
let ada: Person;
let boris: Person;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", config: audiencesConfig });
  asked = new Asked(stack);
  ada = await signIn(stack, ADA);
  boris = await signIn(stack, BORIS);
});

afterAll(() => stack?.stop());
beforeEach(() => asked.reset());

describe("signing in and out through the gateway", () => {
  it("a new user is signed up, reads their own rows, and soon from the cache", async () => {
    const client = stack.client("gateway");
    const { data, error } = await client.auth.signUp({
      email: "eva@demo.example",
      password: "correct horse",
    });
    expect(error).toBeNull();
    const eva = personOf(stack, client);
    expect((await client.from("bookmarks").insert({ article_id: 5, note: "mine" })).error).toBeNull();
    const answers = await eva.readUntilHit("/rest/v1/bookmarks?select=user_id,note");
    for (const { json } of answers) expect(json).toEqual([{ user_id: data.user?.id, note: "mine" }]);
  });

  it("S1. the first read of a token passes through, and the database is asked once who shows it", async () => {
    const person = await signIn(stack, ADA);
    const [first] = await person.readUntilHit(BOOKMARKS);
    expect(first?.cacheStatus).toBe("tidemark; fwd=bypass; detail=token-unknown");
    await person.readUntilHit(NOTES);
    await person.readUntilHit(article(11));
    expect(asked.whoami(await person.token())).toBe(1);
  });

  it("an entry survives a refresh of the session, as the claims are the same", async () => {
    await ada.readUntilHit(BOOKMARKS);
    const before = await ada.token();
    // Two tokens of one second are the same.
    await until("the session has another token", async () => {
      expect((await ada.client.auth.refreshSession()).error).toBeNull();
      return (await ada.token()) !== before;
    });
    asked.reset();
    const answers = await ada.readUntilHit(BOOKMARKS);
    const passed = answers.slice(0, -1);
    expect(passed.length).toBeGreaterThan(0);
    for (const { cacheStatus } of passed)
      expect(cacheStatus).toMatch(/^tidemark; fwd=bypass; detail=token-unknown/);
    expect(asked.reads(BOOKMARKS)).toBe(passed.length);
  });

  it("after signing out, the client reads as anybody does", async () => {
    const person = await signIn(stack, BORIS);
    await person.readUntilHit(BOOKMARKS);
    expect((await person.client.auth.signOut()).error).toBeNull();
    expect((await person.client.from("bookmarks").select("id")).data).toEqual([]);
    expect((await person.client.from("articles").select("id").is("draft", true)).data).toEqual([]);
  });
});

describe("two users side by side", () => {
  it("S6. each gets their own rows, from the cache", async () => {
    for (const target of [BOOKMARKS, NOTES]) {
      for (const person of [ada, boris]) await person.readUntilHit(target);
    }
    for (let round = 0; round < 5; round++) {
      const [hers, his] = await Promise.all([ada.readUntilHit(BOOKMARKS), boris.readUntilHit(BOOKMARKS)]);
      for (const answer of hers) expect(idsOf(answer)).toEqual([1, 2, 3, 4, 5, 6]);
      for (const answer of his) expect(idsOf(answer)).toEqual([7, 8, 9, 10, 11, 12]);
    }
    for (const answer of await ada.readUntilHit(NOTES)) expect(idsOf(answer)).toHaveLength(8);
    for (const answer of await boris.readUntilHit(NOTES)) expect(idsOf(answer)).toHaveLength(16);
  });

  it("the same with the real client, and with writes between", async () => {
    const own = async ({ client }: Person) =>
      (await client.from("bookmarks").select("user_id").throwOnError()).data?.map(({ user_id }) => user_id);
    for (let round = 0; round < 3; round++) {
      const { data } = await ada.client.from("bookmarks").insert({ article_id: 9 }).select().throwOnError();
      expect(new Set(await own(ada))).toEqual(new Set([ADA.id]));
      expect(new Set(await own(boris))).toEqual(new Set([BORIS.id]));
      await ada.client.from("bookmarks").delete().eq("id", data?.[0]?.id).throwOnError();
    }
  });

  it("what does not depend on the reader is one entry for both, once three readers' answers were compared", async () => {
    const others = [await signIn(stack, CHIARA), await signIn(stack, DMITRI)];
    for (const person of [ada, boris, ...others]) await person.readUntilHit(article(99));
    // Each round asks for another article, which she reads first. S10 compares the first ones.
    let id = 100;
    await until("he gets the entry that she has filled", async () => {
      id += 1;
      await ada.readUntilHit(article(id));
      asked.reset();
      const answer = await boris.read(article(id));
      expect(idsOf(answer)).toEqual([id]);
      return isHit(answer) && asked.reads(article(id)) === 0;
    });
  });

  it("S10. an answer is compared before it is first shared", async () => {
    const [first, second] = [await signIn(stack, ADA), await signIn(stack, BORIS)];
    // A set of relations that nobody has read yet.
    const target = "/rest/v1/articles?select=id,comments(id)&id=eq.12";
    await first.readUntilHit(target);
    asked.reset();
    const answers = await second.readUntilHit(target);
    // All but the hit were fetched for him, one of them to be compared and kept.
    expect(asked.reads(target, await second.token())).toBe(answers.length - 1);
    expect(answers.at(-2)?.cacheStatus).toBe("tidemark; fwd=uri-miss; stored");
  });

  it("anonymous readers get nothing of either, and neither gets theirs", async () => {
    const drafts = "/rest/v1/articles?select=id&draft=is.true&order=id";
    const own = await ada.readUntilHit(drafts);
    for (let round = 0; round < 3; round++) {
      expect(idsOf(await stack.read(drafts))).toEqual([]);
      expect(idsOf(await stack.read(BOOKMARKS))).toEqual([]);
    }
    for (const answer of [...own, ...(await ada.readUntilHit(drafts))])
      expect(idsOf(answer)).toHaveLength(24);
  });
});
