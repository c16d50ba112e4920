import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ADA, BORIS, CHIARA, DMITRI } from "../../demo/readers.ts";
import { type Stack, startStack } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { removeFolder } from "../../testing/remove-folder.ts";
import {
  article,
  audiencesConfig,
  BOOKMARKS,
  bearing,
  IN_AN_HOUR,
  NOTES,
  type Person,
  signed,
  signIn,
} from "./people.ts";

const TENANT = "tenant-of-her-token";
const folder = mkdtempSync(join(tmpdir(), "tidemark-signed-in-"));
const logged: string[] = [];

let everybody: Person[];
let stack: Stack;
/** What must be nowhere: tokens, the parts of them, digests, claims. */
let secrets: Map<string, string>;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: { ...audiencesConfig, tables: { ...audiencesConfig.tables, ledger: { freshness: "1h" } } },
    persist: folder,
    onLog: ({ message }) => logged.push(message),
    sql: `
      create table ledger (id int primary key, tenant text not null);
      insert into ledger values (1, '${TENANT}'), (2, 'another');
      alter table ledger enable row level security;
      create policy of_tenant on ledger for select to authenticated
        using (tenant = ((select auth.jwt()) -> 'app_metadata' ->> 'tenant'));
      select tidemark.watch('ledger');
    `,
  });
  const [ada, boris] = [await signIn(stack, ADA), await signIn(stack, BORIS)];
  // So many people must agree on what does not depend on them before it is stored for all.
  everybody = [ada, boris, await signIn(stack, CHIARA), await signIn(stack, DMITRI)];
  for (const person of everybody) {
    for (const target of [BOOKMARKS, NOTES, `/rest/v1/bookmarks?select=id&user_id=eq.${ADA.id}`]) {
      await person.readUntilHit(target);
    }
    for (let id = 1; id <= 8; id++) await person.readUntilHit(article(id));
  }
  const token = signed({
    role: "authenticated",
    sub: ADA.id,
    exp: IN_AN_HOUR,
    app_metadata: { tenant: TENANT },
  });
  await until("her tenant's row is a hit", async () => {
    const { cacheStatus } = await stack.read("/rest/v1/ledger?select=id", bearing(token));
    return cacheStatus.startsWith("tidemark; hit");
  });
  // What goes wrong is reported, too.
  await stack.read(BOOKMARKS, bearing(`${token}x`));
  await stack.read("/rest/v1/bookmarks?select=nothing", bearing(token));
  await stack.supabase.db.query("update bookmarks set note = 'changed'");
  await ada.readUntilHit(BOOKMARKS);

  secrets = new Map([
    ["her id", ADA.id],
    ["his id", BORIS.id],
    ["her address", ADA.email],
    ["a tenant", TENANT],
  ]);
  for (const [whose, each] of [
    ["hers", await ada.token()],
    ["his", await boris.token()],
    ["a tenant's", token],
  ] as const) {
    for (const [n, part] of each.split(".").entries()) if (n > 0) secrets.set(`part ${n} of ${whose}`, part);
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(each)));
    for (const encoding of ["base64", "base64url", "hex"] as const)
      secrets.set(`the digest of ${whose} in ${encoding}`, digest.toString(encoding));
  }
});

afterAll(async () => {
  await stack?.stop();
  removeFolder(folder);
});

/** The names of what is found in a text, or in the bytes of a file. */
function foundIn(text: string | Buffer): readonly string[] {
  return [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
}

it("S9. KV holds no token, no claim, no user's id and no row of a user's own", async () => {
  const kv = await stack.gateway.kv();
  const values: string[] = [];
  // The keeper writes to KV by its alarm.
  await until("articles have reached KV", async () => {
    for (const person of everybody) await person.read(article(1));
    const { keys } = await kv.list();
    values.length = 0;
    for (const { name, metadata } of keys) {
      values.push(name, JSON.stringify(metadata ?? null), (await kv.get(name, "text")) ?? "");
    }
    return values.some((value) => value.includes("articles"));
  });
  expect(foundIn(values.join("\n"))).toEqual([]);
  expect(values.filter((value) => /\/(?:bookmarks|notes|ledger)\b|#/.test(value))).toEqual([]);
});

it("S9. the keeper's storage holds none either", async () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
  const stores = files.filter((file) => /sqlite/.test(file));
  expect(stores.length).toBeGreaterThan(0);
  expect(stores.reduce((sum, file) => sum + statSync(file).size, 0)).toBeGreaterThan(10_000);
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  // It is the storage that is looked at.
  expect(bytes.includes("articles")).toBe(true);
  expect(foundIn(bytes)).toEqual([]);
});

it("S9. no log, statistic, listing or explanation names one", async () => {
  expect(foundIn(logged.join("\n"))).toEqual([]);
  const answers = await Promise.all([
    stack.admin("stats"),
    stack.admin("entries"),
    stack.admin("entries?prefix=/rest/v1/bookmarks"),
    stack.admin("health"),
  ]);
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(foundIn(body.toString())).toEqual([]);
  }
  const [, all, personal] = answers;
  expect(JSON.stringify(all?.json)).toContain("articles");
  expect(personal?.json.entries).toEqual([]);
});

it("S9. no answer names whose eyes it was for", async () => {
  const token = await (await signIn(stack, ADA)).token();
  for (let round = 0; round < 4; round++) {
    const { headers } = await stack.read(BOOKMARKS, bearing(token));
    expect(foundIn(JSON.stringify([...headers]))).toEqual([]);
    expect(headers.get("cache-control") ?? "").not.toMatch(/public/);
  }
});
