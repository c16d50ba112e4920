import type { SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  type Stack,
  startStack,
  withinBound,
} from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";

/** Only signed-in readers see the drafts among these. */
const DRAFTS = "/rest/v1/articles?select=id,draft&draft=is.true&order=id";
/** For all readers, by `audience: "public"`. */
const TAGS = "/rest/v1/tags?select=id,name&order=id";

let stack: Stack;
let signedIn: SupabaseClient;
let token: string;

const asUser = (target: string) => stack.read(target, { headers: { authorization: `Bearer ${token}` } });
const withSecretKey = (target: string) =>
  stack.read(target, { headers: { apikey: SECRET_KEY, authorization: `Bearer ${SECRET_KEY}` } });
const rows = (answer: Answer) => answer.json.length;

beforeAll(async () => {
  stack = await startStack();
  signedIn = stack.client("gateway");
});

afterAll(() => stack?.stop());

describe("through a client whose URL is the gateway", () => {
  it("signs up", async () => {
    const { data, error } = await signedIn.auth.signUp({
      email: "ada@course.example",
      password: "correct horse",
    });
    expect(error).toBeNull();
    expect(data.session?.access_token).toBeTruthy();
  });

  it("signs in, and the session is one that Supabase itself knows", async () => {
    await signedIn.auth.signOut();
    const { data, error } = await signedIn.auth.signInWithPassword({
      email: "ada@course.example",
      password: "correct horse",
    });
    expect(error).toBeNull();
    token = data.session?.access_token ?? "";
    const { data: user } = await stack.client("supabase").auth.getUser(token);
    expect(user.user?.email).toBe("ada@course.example");
  });

  it("passes on the error for a wrong password", async () => {
    const { error } = await stack
      .client("gateway")
      .auth.signInWithPassword({ email: "ada@course.example", password: "wrong" });
    expect(error?.status).toBe(400);
  });

  it("refreshes a session", async () => {
    const { data, error } = await signedIn.auth.refreshSession();
    expect(error).toBeNull();
    token = data.session?.access_token ?? "";
  });
});

describe("I8. an entry is for the audience that filled it", () => {
  it("a signed-in user sees drafts, and fills nothing that an anonymous reader gets", async () => {
    const user = await asUser(DRAFTS);
    expect(rows(user)).toBe(24);
    expect(user.cacheStatus).toBe("tidemark; fwd=bypass; detail=user-token");
    const anonymous = await stack.read(DRAFTS);
    expect(rows(anonymous)).toBe(0);
    expect(anonymous.cacheStatus).toBe("tidemark; fwd=uri-miss; stored; unproven");
  });

  it("a signed-in user gets nothing that an anonymous reader has filled", async () => {
    expect((await stack.read(DRAFTS)).cacheStatus).toMatch(/^tidemark; hit/);
    const user = await asUser(DRAFTS);
    expect(rows(user)).toBe(24);
    expect(user.cacheStatus).toBe("tidemark; fwd=bypass; detail=user-token");
    expect(rows(await stack.read(DRAFTS))).toBe(0);
  });

  it("the same with the real client, signed in and not", async () => {
    const drafts = (client: SupabaseClient) =>
      client.from("articles").select("id").is("draft", true).order("id");
    for (let round = 0; round < 3; round++) {
      expect((await drafts(signedIn)).data).toHaveLength(24);
      expect((await drafts(stack.client("gateway"))).data).toEqual([]);
    }
  });

  it("a token sent as another scheme or in another case is still a token", async () => {
    for (const authorization of [
      `bearer ${token}`,
      `BEARER  ${token}`,
      `Basic ${btoa("a:b")}`,
      token,
      "",
      "Bearer",
    ]) {
      const answer = await stack.read(DRAFTS, { headers: { authorization } });
      const anonymous = answer.cacheStatus.includes("bypass") ? null : rows(answer);
      expect([null, 0], authorization).toContain(anonymous);
    }
    expect(rows(await stack.read(DRAFTS))).toBe(0);
  });

  it("the secret key bypasses, and what it sees is in no entry", async () => {
    const secret = await withSecretKey(DRAFTS);
    expect(rows(secret)).toBe(24);
    expect(secret.cacheStatus).toBe("tidemark; fwd=bypass; detail=other-key");
    expect(rows(await stack.read(DRAFTS))).toBe(0);
    const mixed = await stack.read(DRAFTS, { headers: { authorization: `Bearer ${SECRET_KEY}` } });
    expect(mixed.cacheStatus).toMatch(/fwd=bypass/);
    expect(rows(await stack.read(DRAFTS))).toBe(0);
  });

  it("without a key, with a wrong one, and with one in the query nothing is read from an entry or filled", async () => {
    const fresh = "/rest/v1/articles?select=id&id=eq.77";
    for (const [headers, reason] of [
      [{ apikey: "" }, "no-key"],
      [{ apikey: "sb_publishable_other" }, "other-key"],
      [{ apikey: `${PUBLISHABLE_KEY}, ${PUBLISHABLE_KEY}` }, "other-key"],
    ] as const) {
      expect((await stack.read(fresh, { headers })).cacheStatus).toBe(
        `tidemark; fwd=bypass; detail=${reason}`,
      );
    }
    const inQuery = await stack.read(`${fresh}&apikey=${SECRET_KEY}`);
    expect(inQuery.cacheStatus).toBe("tidemark; fwd=bypass; detail=other-key");
    expect((await stack.read(fresh)).cacheStatus).toMatch(/^tidemark; fwd=uri-miss; stored/);
  });

  it("a user's writes and what they return are the user's alone", async () => {
    const mine = await signedIn
      .from("articles")
      .insert({ title: "Mine", body: "b", author_id: 1, category: "notes", draft: true })
      .select("id,title")
      .single();
    expect(mine.data?.title).toBe("Mine");
    const target = `/rest/v1/articles?select=title&id=eq.${mine.data?.id}`;
    expect(rows(await stack.read(target))).toBe(0);
    expect(rows(await asUser(target))).toBe(1);
    expect(rows(await stack.read(target))).toBe(0);
  });

  it("I1. a draft that is published reaches anonymous readers who selected only ids, and leaves them again", async () => {
    const target = "/rest/v1/articles?select=id&id=in.(20,21)&order=id";
    expect(rows(await stack.read(target))).toBe(1);
    const published = await stack.change("update articles set draft = false where id = 20");
    await withinBound(
      LIVELY_MS,
      published,
      () => stack.read(target),
      (answer) => rows(answer) === 2,
    );
    const hidden = await stack.change("update articles set draft = true where id = 20");
    await withinBound(
      LIVELY_MS,
      hidden,
      () => stack.read(target),
      (answer) => rows(answer) === 1,
    );
  });

  it("I1. a draft's dependants are hidden with it", async () => {
    const [row] = await stack.supabase.db.query<{ id: number; n: number }>(
      "select article_id as id, count(*)::int as n from comments join articles a on a.id = article_id where not a.draft group by 1 order by 2 desc limit 1",
    );
    const target = `/rest/v1/comments?select=id&article_id=eq.${row?.id}`;
    expect(rows(await stack.read(target))).toBe(row?.n);
    const hidden = await stack.change(`update articles set draft = true where id = ${row?.id}`);
    await withinBound(
      LIVELY_MS,
      hidden,
      () => stack.read(target),
      (answer) => rows(answer) === 0,
    );
  });
});

describe('I8. a table declared audience: "public"', () => {
  it("serves signed-in users from the publishable key's entry", async () => {
    expect((await stack.read(TAGS)).cacheStatus).toMatch(/^tidemark; fwd=uri-miss; stored/);
    const user = await asUser(TAGS);
    expect(user.cacheStatus).toMatch(/^tidemark; hit/);
    expect(rows(user)).toBe(8);
  });

  it("is filled with the publishable key, whichever reader asks first", async () => {
    const target = `${TAGS}&limit=3`;
    const { origin } = stack;
    let seen: Headers | undefined;
    origin.instead = (request) => {
      if (request.url.includes("limit=3")) seen = request.headers;
      return undefined;
    };
    expect((await asUser(target)).cacheStatus).toMatch(/^tidemark; fwd=uri-miss; stored/);
    origin.instead = () => undefined;
    expect(seen?.get("authorization")).toBe(`Bearer ${PUBLISHABLE_KEY}`);
    expect(seen?.get("apikey")).toBe(PUBLISHABLE_KEY);
    expect((await stack.read(target)).cacheStatus).toMatch(/^tidemark; hit/);
  });

  it("still bypasses for the secret key", async () => {
    expect((await withSecretKey(TAGS)).cacheStatus).toBe("tidemark; fwd=bypass; detail=other-key");
  });

  it("gives signed-in users their own answer if an embed reads a table that is not public", async () => {
    const embed = "/rest/v1/tags?select=name,articles(id)&order=id&articles.draft=is.true";
    const anonymous = await stack.read(embed);
    const user = await asUser(embed);
    const drafts = (answer: Answer) =>
      answer.json.flatMap((tag: { articles: object[] }) => tag.articles).length;
    expect(drafts(anonymous)).toBe(0);
    // The owner declared only tags public: article drafts stay with readers who may see them, cached or not.
    expect(drafts(user)).toBeGreaterThan(0);
  });
});
