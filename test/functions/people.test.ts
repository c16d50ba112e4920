import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ADA, BORIS, CHIARA, DMITRI } from "../../demo/readers.ts";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { bearing, isHit, type Person, readUntilHit, signIn } from "../signed-in/people.ts";
import { BOUND_MS, FUNCTIONS_SQL, functionsConfig } from "./config.ts";

let stack: Stack;
let people: Record<"ada" | "boris" | "chiara" | "dmitri", Person>;

beforeAll(async () => {
  stack = await startStack({ changes: "pulled", config: functionsConfig, sql: FUNCTIONS_SQL });
  people = {
    ada: await signIn(stack, ADA),
    boris: await signIn(stack, BORIS),
    chiara: await signIn(stack, CHIARA),
    dmitri: await signIn(stack, DMITRI),
  };
});

afterAll(() => stack?.stop());

/** A call as supabase-js makes it, by somebody. */
async function called(person: Person, name: string, args: object): Promise<Answer> {
  return stack.read(`/rest/v1/rpc/${name}`, await posting(person, args));
}

async function posting(person: Person, args: object): Promise<RequestInit> {
  const { headers } = bearing(await person.token());
  return {
    method: "POST",
    body: JSON.stringify(args),
    headers: { ...headers, "content-type": "application/json" },
  };
}

const hitOf = async (person: Person, name: string, args: object): Promise<Answer> => {
  const answers = await readUntilHit(() => called(person, name, args), `${name} of somebody`);
  return answers.at(-1) as Answer;
};

const teams = ({ json }: Answer): readonly number[] => [
  ...new Set((json as { team_id: number }[]).map(({ team_id }) => team_id)),
];

describe("two users who call the same function with the same arguments", () => {
  it("S1. get their own rows, also from the cache", async () => {
    const { ada, boris, dmitri } = people;
    for (const _ of [1, 2, 3]) {
      expect(teams(await called(boris, "my_notes", {}))).toEqual([1, 2]);
      expect(teams(await called(dmitri, "my_notes", {}))).toEqual([3]);
      expect(teams(await called(ada, "my_notes", {}))).toEqual([]);
    }
    expect(teams(await hitOf(boris, "my_notes", {}))).toEqual([1, 2]);
    expect(teams(await hitOf(dmitri, "my_notes", {}))).toEqual([3]);
    expect((await stack.read("/rest/v1/rpc/my_notes")).json).toEqual([]);
  });

  it("S4. share an answer that reads nothing of who they are", async () => {
    const { ada, chiara } = people;
    const args = { term: "cache" };
    const own = await hitOf(ada, "search_articles", args);
    const shared = await hitOf(chiara, "search_articles", args);
    expect(shared.body.equals(own.body)).toBe(true);
    const { json } = await stack.admin("explain", {
      query: "/rest/v1/rpc/search_articles?term=cache",
      role: "authenticated",
    });
    expect(json.shared).toBe("shared by all with role authenticated");
    const notes = await stack.admin("explain", { query: "/rest/v1/rpc/my_notes", role: "authenticated" });
    expect(notes.json.shared).toBe("shared by those with role authenticated who have the same sub");
    // Drafts are for those who sign in: an anonymous reader's answer is another one.
    const anonymous = await stack.read("/rest/v1/rpc/search_articles?term=a&select=id");
    const signedIn = await stack.read(
      "/rest/v1/rpc/search_articles?term=a&select=id",
      bearing(await ada.token()),
    );
    expect(signedIn.json.length).toBeGreaterThan(anonymous.json.length);
  });

  it("S3. lose rows within the bound when they leave a team", async () => {
    const { chiara } = people;
    expect(teams(await hitOf(chiara, "my_notes", {}))).toEqual([1, 2]);
    const changed = await stack.change(
      `delete from memberships where team_id = 2 and user_id = '${CHIARA.id}'`,
    );
    await withinBound(BOUND_MS, changed, () => called(chiara, "my_notes", {}), (answer) => teams(answer).length === 1); // biome-ignore format: one line
  });

  it("S4. share what dependsOn and claims speak for", async () => {
    const { ada, boris } = people;
    await hitOf(ada, "article_stats", {});
    expect(isHit(await called(boris, "article_stats", {})) || isHit(await hitOf(boris, "article_stats", {}))).toBe(true); // biome-ignore format: one line
    // Nobody has said for whom: Postgres does not look into it.
    const { json } = await stack.admin("explain", { query: "/rest/v1/rpc/by_age", role: "authenticated" });
    expect(json).toMatchObject({ kind: "bypass", reason: "audience-unknown" });
  });
});
