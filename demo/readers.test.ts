import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roleToken, tokenSignature } from "./capture.ts";
import { ADA, BORIS, CHIARA, DMITRI, PASSWORD } from "./readers.ts";
import { type Supabase, startSupabase } from "./supabase.ts";

let supabase: Supabase;
beforeAll(async () => {
  supabase = await startSupabase();
  await supabase.db.exec(`
    create function said() returns text language sql stable as
      $$ select current_setting('request.jwt.claims', true) $$;
    create function asked_as() returns text language sql stable as
      $$ select concat_ws(' ', current_user, auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'tenant',
        nullif(current_setting('request.jwt.claim.sub', true), '')) $$;
  `);
});
afterAll(() => supabase?.stop());

async function signIn({ email }: { email: string }): Promise<SupabaseClient> {
  const client = createClient(supabase.url, supabase.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { error } = await client.auth.signInWithPassword({ email, password: PASSWORD });
  expect(error).toBeNull();
  return client;
}

const ids = async (client: SupabaseClient, table: string) =>
  ((await client.from(table).select("id").order("id")).data ?? []).map(({ id }) => id);
const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

describe("each reader sees what is theirs", () => {
  test.each([
    ["an owner who is no member", ADA, from(1, 6), from(1, 8), []],
    ["a member who owns another team", BORIS, from(7, 6), from(1, 16), [1, 2]],
    ["a member", CHIARA, from(13, 6), from(1, 16), [1, 2]],
    ["an owner and only member", DMITRI, from(19, 6), from(17, 8), [3]],
  ])("%s", async (_, reader, bookmarks, notes, teams) => {
    const client = await signIn(reader);
    expect(await ids(client, "bookmarks")).toEqual(bookmarks);
    expect(await ids(client, "notes")).toEqual(notes);
    expect(await ids(client, "teams")).toEqual(teams);
    expect(await ids(client, "articles")).toHaveLength(240);
  });

  test("a new bookmark is the reader's, and of nobody else", async () => {
    const client = await signIn(ADA);
    const { data } = await client.from("bookmarks").insert({ article_id: 3 }).select().single();
    expect(data?.user_id).toBe(ADA.id);
    const other = await client.from("bookmarks").insert({ article_id: 3, user_id: BORIS.id });
    expect(other.error?.code).toBe("42501");
    expect(await ids(await signIn(BORIS), "bookmarks")).toHaveLength(6);
  });
});

describe("SQL is told the claims as PostgREST tells them", () => {
  const call = async (name: string, token: string | null, apikey = supabase.publishableKey) => {
    const response = await fetch(`${supabase.url}/rest/v1/rpc/${name}`, {
      headers: { apikey, ...(token !== null && { authorization: token }) },
    });
    return { status: response.status, text: await response.text() };
  };
  const signed = (payload: string) => {
    const part = (text: string) => Buffer.from(text).toString("base64url");
    const content = `${part('{"alg":"HS256","typ":"JWT"}')}.${part(payload)}`;
    return `Bearer ${content}.${tokenSignature(content)}`;
  };
  const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;

  test("sorted, to the last digit, the first of equal members", async () => {
    const payload =
      '{ "role":"authenticated", "b":9007199254740993, "a":1.0, "b":2, "c":"\\u0000", "sub":"x" }';
    const { text } = await call("said", signed(payload));
    expect(JSON.parse(text)).toBe(
      '{"a":1.0,"b":9007199254740993,"c":"\\u0000","role":"authenticated","sub":"x"}',
    );
  });

  test.each<[string, () => Promise<{ text: string }>, string]>([
    [
      "a token",
      () =>
        call("asked_as", signed(`{"role":"authenticated","sub":"${ADA.id}","email":"a@b.c","tenant":"t"}`)),
      `authenticated ${ADA.id} authenticated a@b.c t`,
    ],
    [
      "a token in small letters",
      () => call("asked_as", signed('{"role":"authenticated"}').replace("B", "b")),
      "authenticated authenticated",
    ],
    ["a token without a role", () => call("asked_as", signed(`{"sub":"${ADA.id}"}`)), `anon ${ADA.id}`],
    ["the publishable key", () => call("asked_as", null), "anon anon"],
    ["the secret key", () => call("asked_as", null, supabase.secretKey), "service_role service_role"],
  ])("%s", async (_, ask, expected) => {
    expect(JSON.parse((await ask()).text)).toBe(expected);
  });

  test.each<[string, () => string, number]>([
    ["within the leeway", () => signed(`{"role":"authenticated","exp":${seconds(-5)}}`), 200],
    ["beyond it", () => signed(`{"role":"authenticated","exp":${seconds(-60)}}`), 401],
    [
      "valid a moment from now",
      () => signed(`{"role":"authenticated","nbf":${seconds(20)},"iat":${seconds(20)}}`),
      200,
    ],
    ["valid in an hour", () => signed(`{"role":"authenticated","nbf":${seconds(3_600)}}`), 401],
    ["without an end", () => signed('{"role":"authenticated"}'), 200],
    ["of another secret", () => `Bearer ${roleToken("authenticated")}x`, 401],
    ["not signed", () => signed('{"role":"authenticated"}').replace(/[^.]*$/, ""), 401],
    ["of no role's name", () => signed('{"role":["authenticated"]}'), 401],
    ["no token", () => "Bearer not.one", 401],
    ["no token at all", () => "Bearer nothing", 401],
  ])("a token that is %s", async (_, token, status) => {
    expect((await call("said", token())).status).toBe(status);
  });
});
