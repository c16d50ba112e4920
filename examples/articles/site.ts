// The Worker in workerd, as two isolates over one KV and one keeper, with an embedded Supabase behind it.

import { join } from "node:path";
import { expect } from "vitest";
import { startWorkers } from "../../test/orms/start-worker.ts";
import { CAPTURE_SECRET, PUBLISHABLE_KEY, startSupabase, type Way, type WebhookPayload } from "./supabase.ts";

export const WEBHOOK_SECRET = "the-secret-of-the-webhook";
export const ADMIN_SECRET = "the-admin's-secret";

/** With capture, the other secrets are unset. */
const SECRETS = {
  capture: { TIDEMARK_CAPTURE_SECRET: CAPTURE_SECRET },
  webhooks: { TIDEMARK_WEBHOOK_SECRET: WEBHOOK_SECRET, ADMIN_SECRET },
} as const;

const ISOLATES = ["a", "b"] as const;
type Isolate = (typeof ISOLATES)[number];
export type Site = Awaited<ReturnType<typeof startSite>>;

export async function startSite(way: Way) {
  const supabase = await startSupabase(way);
  const entry = join(import.meta.dirname, "src/worker.ts");
  const workers = await startWorkers({
    ...{ entry, keeper: entry, names: ISOLATES, databases: [] },
    texts: { SUPABASE_URL: supabase.url, SUPABASE_KEY: PUBLISHABLE_KEY, ...SECRETS[way] },
  });

  const ask = (path: string, isolate: Isolate = "a", init?: RequestInit) =>
    workers.fetch(isolate, path, init);

  /** Status, how it was answered, and the title or titles. */
  async function read(path: string, isolate: Isolate = "a") {
    const response = await ask(path, isolate);
    const body = (await response.json()) as { title: string } | { title: string }[];
    const title = Array.isArray(body) ? body.map((each) => each.title) : body.title;
    return { status: response.status, cache: response.headers.get("x-cache"), title };
  }

  const post = (path: string, secret?: string, body?: unknown) =>
    ask(path, "a", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });

  const webhook = (payload: unknown, secret?: string) => post("/webhook", secret, payload);

  async function deliver(events: readonly WebhookPayload[]): Promise<void> {
    for (const event of events) expect((await webhook(event, WEBHOOK_SECRET)).status).toBe(200);
  }

  let lastId = 0;
  return {
    supabase,
    ask,
    read,
    post,
    webhook,
    deliver,

    /** Runs SQL in the database. Its webhooks, if it has any, arrive. */
    change: async (sql: string) => deliver(await supabase.change(sql)),

    /** @returns the new article's id */
    async insert(title: string, published = true): Promise<number> {
      const id = ++lastId;
      await this.change(
        `insert into articles (id, title, published) values (${id}, '${title}', ${published})`,
      );
      return id;
    },

    /** Resolves once every isolate answers so. */
    async shows(path: string, expected: { status?: number; title?: string | readonly string[] }) {
      for (const isolate of ISOLATES) await expect.poll(() => read(path, isolate)).toMatchObject(expected);
    },

    /** Reads in this isolate until it comes from the cache. */
    hit: (path: string, isolate: Isolate = "a") =>
      expect.poll(() => read(path, isolate)).toMatchObject({ cache: "hit" }),

    /** Resolves once every isolate has these articles in its cache and knows all changes so far, so that only later ones count. */
    async cached(...ids: readonly number[]): Promise<void> {
      const marker = await this.insert("one");
      await this.shows(`/articles/${marker}`, { title: "one" });
      await this.change(`update articles set title = 'two' where id = ${marker}`);
      await this.shows(`/articles/${marker}`, { title: "two" });
      await this.change(`delete from articles where id = ${marker}`);
      for (const isolate of ISOLATES) for (const id of ids) await this.hit(`/articles/${id}`, isolate);
    },

    async stop() {
      await workers.dispose();
      await supabase.close();
    },
  };
}
