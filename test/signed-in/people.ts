import type { SupabaseClient } from "@supabase/supabase-js";
import { tokenSignature } from "../../demo/capture.ts";
import { PASSWORD } from "../../demo/readers.ts";
import type { TidemarkConfig } from "../../src/gateway/config/config.ts";
import { type Answer, PUBLISHABLE_KEY, type Stack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

/** A bound that tests of changes can wait for, in milliseconds. */
export const BOUND_MS = 1_000;

/** The demo's tables for those who sign in, and two that are the same for all of them. With a bound of an hour. */
export const audiencesConfig: TidemarkConfig = {
  tables: Object.fromEntries(
    ["articles", "comments", "bookmarks", "teams", "memberships", "notes"].map((name) => [
      name,
      { freshness: "1h" as const },
    ]),
  ),
  audiences: { roles: ["authenticated"] },
};

export const BOOKMARKS = "/rest/v1/bookmarks?select=id,note&order=id";
export const NOTES = "/rest/v1/notes?select=id,team_id&order=id";
export const article = (id: number): string => `/rest/v1/articles?select=id,title&id=eq.${id}`;

/** Somebody who has signed in through the gateway. */
export interface Person {
  readonly client: SupabaseClient;
  /** Of the session as it is now. */
  token(): Promise<string>;
  /** Reads through the gateway with that token. */
  read(target: string): Promise<Answer>;
  /** Reads until an answer comes from the cache, and returns all answers, that one last. */
  readUntilHit(target: string): Promise<readonly Answer[]>;
}

export async function signIn(stack: Stack, { email }: { readonly email: string }): Promise<Person> {
  const client = stack.client("gateway");
  const { error } = await client.auth.signInWithPassword({ email, password: PASSWORD });
  if (error) throw error;
  return personOf(stack, client);
}

/** The person whose session a client has. */
export function personOf(stack: Stack, client: SupabaseClient): Person {
  const token = async () => (await client.auth.getSession()).data.session?.access_token ?? "";
  const read = async (target: string) => stack.read(target, bearing(await token()));
  return {
    client,
    token,
    read,
    readUntilHit: (target) => readUntilHit(() => read(target), target),
  };
}

/** @returns all answers, the one from the cache last */
export async function readUntilHit(read: () => Promise<Answer>, what: string): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const seen = () => answers.map(({ status, cacheStatus }) => `${status} ${cacheStatus}`);
  await until(
    () => `${what} is a hit: ${[...new Set(seen())].join(" | ")}`,
    async () => isHit(answers[answers.push(await read()) - 1]),
  );
  return answers;
}

export function isHit(answer: Answer | undefined): boolean {
  return /^tidemark; hit/.test(answer?.cacheStatus ?? "");
}

export function bearing(token: string): { headers: Record<string, string> } {
  return { headers: { apikey: PUBLISHABLE_KEY, authorization: `Bearer ${token}` } };
}

/** The ids of an answer's rows. */
export function idsOf({ json }: Answer): readonly number[] {
  return json.map(({ id }: { id: number }) => id);
}

/** A token that the database accepts, with exactly this payload. */
export function signed(payload: object | string, header: object = { alg: "HS256", typ: "JWT" }): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const content = [JSON.stringify(header), text]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
  return `${content}.${tokenSignature(content)}`;
}

export const IN_AN_HOUR = Math.floor(Date.now() / 1_000) + 3_600;
