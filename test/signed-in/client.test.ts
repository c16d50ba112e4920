import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ADA, BORIS, PASSWORD } from "../../demo/readers.ts";
import { tidemark } from "../../src/client/client.ts";
import { PUBLISHABLE_KEY, type Stack, startStack } from "../../testing/gateway/stack.ts";
import { CLIENT_PATIENCE, until } from "../../testing/patience.ts";
import { Asked } from "./asked.ts";
import { audiencesConfig, BOOKMARKS, idsOf, isHit, personOf, readUntilHit, signIn } from "./people.ts";

let stack: Stack;
let asked: Asked;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    isolates: ["near", "far"],
    config: { ...audiencesConfig, tables: { ...audiencesConfig.tables, secrets: { freshness: "1h" } } },
    sql: `
      create function is_known() returns boolean language plpgsql stable as
        $$ begin return (auth.jwt() ->> 'sub') is not null; end $$;
      create table secrets (id int primary key);
      insert into secrets values (1);
      alter table secrets enable row level security;
      create policy known on secrets for select to authenticated using (is_known());
      select tidemark.watch('secrets');
    `,
  });
  asked = new Asked(stack);
});

afterAll(() => stack?.stop());
beforeEach(() => asked.reset());

/** A client whose sessions and writes go to Supabase itself, and whose reads go to one isolate or the other in turn. */
async function clientOf({ email }: { readonly email: string }) {
  const isolates = ["near", "far"].map((name) => stack.gateway.urlOf(name));
  const statuses: string[] = [];
  let turn = 0;
  const anycast: typeof fetch = async (input, init) => {
    const url = String(input);
    const ours = isolates.find((address) => url.startsWith(address));
    if (ours === undefined) return fetch(input, init);
    const response = await fetch(url.replace(ours, isolates[turn++ % 2] as string), init);
    statuses.push(response.headers.get("cache-status") ?? "");
    return response;
  };
  const client: SupabaseClient = createClient(stack.supabase.url, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: tidemark({
        gateway: isolates[0] as string,
        project: stack.supabase.url,
        fetch: anycast,
        timeout: CLIENT_PATIENCE,
      }),
    },
  });
  const { error } = await client.auth.signInWithPassword({ email, password: PASSWORD });
  if (error) throw error;
  return { client, statuses };
}

describe("through tidemark/client", () => {
  it("a user's reads soon come from the cache, and are the user's own", async () => {
    const { client, statuses } = await clientOf(ADA);
    await until("six reads in a row are hits", async () => {
      const { data } = await client.from("bookmarks").select("user_id").throwOnError();
      expect(new Set(data.map(({ user_id }) => user_id))).toEqual(new Set([ADA.id]));
      return statuses.slice(-6).filter((status) => status.startsWith("tidemark; hit")).length === 6;
    });
  });

  // S12
  it("I6. a user reads their own writes at once, through any isolate, also where others may get older answers", async () => {
    const { client } = await clientOf(BORIS);
    const notes = async () =>
      (await client.from("bookmarks").select("id,note").order("id").throwOnError()).data.map(
        ({ note }) => note,
      );
    await notes();
    for (let round = 0; round < 6; round++) {
      const note = `written in round ${round}`;
      await client.from("bookmarks").update({ note }).eq("id", 7).throwOnError();
      expect((await notes())[0]).toBe(note);
      expect((await notes())[0]).toBe(note);
    }
  });

  it("what is passed through because of who asks goes past the gateway afterwards", async () => {
    const { client, statuses } = await clientOf(ADA);
    const read = async () => (await client.from("secrets").select("id").throwOnError()).data;
    await until("the gateway has said that it cannot tell for whom it is", async () => {
      expect(await read()).toEqual([{ id: 1 }]);
      return statuses.at(-1)?.endsWith("detail=audience-unknown");
    });
    const said = statuses.length;
    for (let round = 0; round < 3; round++) expect(await read()).toEqual([{ id: 1 }]);
    expect(statuses).toHaveLength(said);
  });
});

describe("S11. each isolate learns for itself, of the keeper", () => {
  it("a token that one isolate has shown is asked about once, and its entry is found by the other", async () => {
    const person = await signIn(stack, ADA);
    const token = await person.token();
    const at = (name: string) =>
      readUntilHit(
        () => stack.read(BOOKMARKS, { at: name, headers: { authorization: `Bearer ${token}` } }),
        `her bookmarks at ${name}`,
      );
    await at("near");
    const reads = asked.reads(BOOKMARKS, token);
    const answers = await at("far");
    for (const answer of answers) expect(idsOf(answer)).toEqual([1, 2, 3, 4, 5, 6]);
    const passed = answers.filter(({ cacheStatus }) => cacheStatus.includes("fwd=bypass"));
    // None of its own fills: the keeper's memory has the answer.
    expect(asked.reads(BOOKMARKS, token)).toBe(reads + passed.length);
    expect(asked.whoami(token)).toBe(1);
  });

  it("a purge by one isolate reaches a user's own entries in the other", async () => {
    const person = personOf(stack, (await signIn(stack, ADA)).client);
    const token = await person.token();
    const read = (headers = {}) =>
      stack.read(BOOKMARKS, { at: "far", headers: { authorization: `Bearer ${token}`, ...headers } });
    await readUntilHit(read, "her bookmarks");
    expect((await stack.admin("purge", { all: true })).status).toBe(200);
    const strict = await read({ "cache-control": "no-cache" });
    expect(isHit(strict)).toBe(false);
    expect(idsOf(strict)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
