import { createClient } from "@supabase/supabase-js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { roleToken } from "../../demo/capture.ts";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { folderWith, runToEnd } from "../../src/cli/testing/command.ts";
import {
  ADMIN_SECRET,
  type Answer,
  ask,
  askAdmin,
  keeperKnowsSchema,
  pulling,
  until,
  withinBound,
  workers,
} from "../../testing/gateway/stack.ts";
import {
  type BareOptions,
  type BarePostgrest,
  startBarePostgrest,
} from "../../testing/origins/bare-postgrest.ts";
import { ORIGINS } from "../../testing/origins/configurations.ts";
import { startNodeOrigin } from "../../testing/origins/node-origin.ts";

const BOUND_MS = 1_000;

let supabase: Supabase;

beforeAll(async () => {
  supabase = await startSupabase();
  await supabase.db.exec(`
    create role web_anon nologin; create role anonymous nologin;
    create table items (id int primary key, name text, hidden boolean not null default false);
    insert into items select n, 'item ' || n from generate_series(1, 20) n;
    alter table items enable row level security;
    create policy shown on items for select to anon, web_anon, anonymous using (not hidden);
    create policy all_ on items for all to authenticated using (true) with check (true);
    grant usage on schema public to web_anon, anonymous;
    grant select on items to anon, web_anon, anonymous;
    grant all on items to authenticated;
    select tidemark.watch('items');
    -- Where the function knows the role anon only, its word for that one will do here.
    do $$ begin
      if to_regprocedure('public.tidemark_schema(text, text)') is null then
        create function public.tidemark_schema(secret text, role text) returns json language sql stable
          as 'select public.tidemark_schema(secret)';
        grant execute on function public.tidemark_schema(text, text) to tidemark_keeper;
      end if;
    end $$;
  `);
});

afterAll(() => supabase?.stop());

interface Setting {
  origin: BarePostgrest;
  gateway: Gateway;
  /** Asks the gateway; `target` begins with the path that the client uses. */
  read(target: string, headers?: Record<string, string>): Promise<Answer>;
}

const running: Setting[] = [];

afterEach(async () => {
  for (const { origin, gateway } of running.splice(0)) {
    await gateway.stop();
    await origin.stop();
  }
});

async function start(
  origin: (typeof ORIGINS)[keyof typeof ORIGINS] | undefined,
  options: BareOptions,
  env: Record<string, string> = {},
): Promise<Setting> {
  const bare = await startBarePostgrest(supabase, options);
  const gateway = await startGateway({
    entry: workers.configured,
    env: {
      SUPABASE_URL: bare.url,
      TIDEMARK_ADMIN_SECRET: ADMIN_SECRET,
      ...pulling(),
      TEST_CONFIG: JSON.stringify({
        tables: { items: { freshness: BOUND_MS / 1_000 } },
        // A keeper that begins on a busy machine takes its time.
        timeouts: { sync: "30s", fill: "30s", origin: "30s" },
        origin,
      }),
      ...env,
    },
    onLog: () => {},
  });
  const read = (target: string, headers = {}) => ask(gateway.url + target, { headers });
  const setting = { origin: bare, gateway, read };
  running.push(setting);
  return setting;
}

/** A miss, then hits, and a change of the rows within the bound: the whole way, capture included. */
async function isCached(setting: Setting, target: string, headers: Record<string, string> = {}) {
  await keeperKnowsSchema(setting.gateway.url);
  const first = await setting.read(target, headers);
  expect(first.cacheStatus).toBe("tidemark; fwd=uri-miss; stored");
  expect((await setting.read(target, headers)).cacheStatus).toMatch(/^tidemark; hit; detail=\w+$/);
  const name = `changed for ${target}`;
  await supabase.db.query("update items set name = $1 where id = 1", [name]);
  const answer = await withinBound(
    BOUND_MS,
    performance.now(),
    () => setting.read(target, headers),
    ({ json }) => json[0].name === name,
  );
  expect(answer.cacheStatus).not.toContain("bypass");
}

const ROWS = "items?select=id,name&order=id&limit=2";

describe("a bare PostgREST at the root, whose anonymous readers send no token", () => {
  it("is cached at its own path and at /rest/v1, and changes arrive", async () => {
    const setting = await start(ORIGINS.bare, { anonRole: "web_anon" });
    await isCached(setting, `/${ROWS}`);
    expect((await setting.read(`/rest/v1/${ROWS}`)).cacheStatus).toMatch(/; hit/);
    const fills = setting.origin.arrived.filter(({ url }) => url.includes("/items"));
    for (const { url, headers } of fills) {
      expect(new URL(url).pathname).toBe("/items");
      expect(headers.has("apikey") || headers.has("authorization")).toBe(false);
    }
  });

  it("8: whatever says who asks is the origin's to judge", async () => {
    const setting = await start(ORIGINS.bare, { anonRole: "web_anon" });
    await setting.read(`/${ROWS}`);
    const bad = await setting.read(`/${ROWS}`, { authorization: "Bearer not.a.token" });
    expect([bad.status, bad.json.code]).toEqual([401, "PGRST301"]);
    expect(bad.cacheStatus).toBe("tidemark; fwd=bypass; detail=user-token");
    await supabase.db.query("update items set hidden = true where id = 2");
    const asUser = await setting.read(`/${ROWS}`, { authorization: `Bearer ${roleToken("authenticated")}` });
    expect(asUser.json.map(({ id }: { id: number }) => id)).toEqual([1, 2]);
    const withKey = await setting.read(`/${ROWS}`, { apikey: "anything" });
    expect([withKey.status, withKey.cacheStatus]).toEqual([200, "tidemark; fwd=bypass; detail=other-key"]);
    await until("it is hidden from anonymous readers", async () => {
      const { json } = await setting.read(`/${ROWS}`);
      return json[1].id === 3;
    });
    await supabase.db.query("update items set hidden = false");
  });

  it("takes writes, and Location leads to what was written", async () => {
    const { gateway, read } = await start(ORIGINS.bare, { anonRole: "web_anon" });
    const authorization = `Bearer ${roleToken("authenticated")}`;
    for (const [n, path] of ["/items", "/rest/v1/items"].entries()) {
      const written = await ask(`${gateway.url}${path}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", prefer: "return=representation" },
        body: JSON.stringify({ id: 100 + n, name: "written" }),
      });
      expect([written.status, written.cacheStatus]).toEqual([201, "tidemark; fwd=method"]);
      const location = written.headers.get("location");
      if (location !== null) expect((await read(location)).json[0].name).toBe("written");
      expect((await read(`/items?id=eq.${100 + n}`)).json[0].name).toBe("written");
    }
  });

  it("has nothing of Supabase's besides, and the gateway keeps its own paths", async () => {
    const { gateway, read, origin } = await start(ORIGINS.bare, { anonRole: "web_anon" });
    for (const path of ["/auth/v1/user", "/storage/v1/object/x", "/realtime/v1/websocket"]) {
      const answer = await read(path);
      expect([answer.status, answer.json.code]).toEqual([404, "not-supabase"]);
    }
    await keeperKnowsSchema(gateway.url);
    expect((await read("/_tidemark/health")).json.status).toBe("ok");
    expect((await read("/_tidemark")).json.code).toBe("no-such-path");
    expect(origin.arrived.filter(({ url }) => !url.includes("/rpc/"))).toEqual([]);
    // Everything else is a path of PostgREST's, which knows better what it is.
    expect((await read("/favicon.ico")).json.code).toMatch(/^PGRST/);
    expect((await read("/a/b")).json.code).toBe("PGRST125");
  });

  it("is what the admin's queries mean", async () => {
    const { gateway, read } = await start(ORIGINS.bare, { anonRole: "web_anon" });
    const admin = (path: string, body: object) => askAdmin(gateway.url, path, body);
    const warmed = await admin("warm", { queries: [`/${ROWS}`] });
    expect(warmed.status).toBe(200);
    // A query of an admin's names the schema, as supabase-js does.
    expect((await read(`/${ROWS}`, { "accept-profile": "public" })).cacheStatus).toMatch(/; hit/);
    expect((await admin("purge", { keys: [`/${ROWS}`] })).json.purged).toBe(1);
  });
});

describe("a PostgREST under a path that lets nobody in without a token", () => {
  const token = roleToken("web_anon");

  it("is cached for supabase-js, and for whoever sends that token", async () => {
    const setting = await start(
      ORIGINS.bearer,
      { path: "/api", anonRole: null },
      { SUPABASE_PUBLISHABLE_KEY: token },
    );
    await isCached(setting, `/api/${ROWS}`, { authorization: `Bearer ${token}` });
    const client = createClient(setting.gateway.url, token, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const read = () => client.from("items").select("id,name").order("id").limit(2);
    for (let round = 0; round < 2; round++) expect((await read()).data).toHaveLength(2);
    const asClient = { apikey: token, authorization: `Bearer ${token}`, "accept-profile": "public" };
    expect((await setting.read(`/rest/v1/${ROWS}`, asClient)).cacheStatus).toMatch(/; hit/);
  });

  it("8: without the token, or with another, the origin says what it thinks of that", async () => {
    const { read } = await start(
      ORIGINS.bearer,
      { path: "/api", anonRole: null },
      { SUPABASE_PUBLISHABLE_KEY: token },
    );
    await read(`/api/${ROWS}`, { authorization: `Bearer ${token}` });
    for (const [headers, status, reason] of [
      [{}, 401, "no-key"],
      [{ apikey: token }, 401, "no-key"],
      [{ authorization: "Bearer a.b.c" }, 401, "user-token"],
      [{ authorization: `Bearer ${roleToken("authenticated")}` }, 200, "user-token"],
      [{ authorization: `Bearer ${token}`, apikey: "another" }, 200, "other-key"],
    ] as const) {
      const answer = await read(`/api/${ROWS}`, headers);
      expect([answer.status, answer.cacheStatus]).toEqual([status, `tidemark; fwd=bypass; detail=${reason}`]);
    }
  });
});

it("tidemark doctor asks where and as whom the gateway does", async () => {
  const bare = await startBarePostgrest(supabase, { path: "/api", anonRole: null });
  const origin = JSON.stringify(ORIGINS.bearer);
  using folder = folderWith({
    "tidemark.config.ts": `export default { tables: { items: true }, origin: ${origin},
      headers: { key: ["user-agent"], ignore: ["x-build"] } }`,
  });
  const env = {
    SUPABASE_URL: bare.url,
    SUPABASE_PUBLISHABLE_KEY: roleToken("web_anon"),
    ...pulling(),
  };
  try {
    const { stdout, stderr } = await runToEnd(["doctor"], folder.path, env);
    expect(stderr).toBe("");
    for (const line of [
      "✓ PostgREST's address and the anonymous token are set",
      "✓ the keeper can read the schema",
      "✓ public.items is watched",
    ]) {
      expect(stdout.split("\n")).toContain(line);
    }
    const silent = stdout.split("\n").find((line) => line.includes("must not read these request headers"));
    expect(silent).toMatch(/^✓ .* accept-charset, .*, cf-\*, .*, x-build, /);
    expect(silent).not.toContain("user-agent");
    const asked = bare.arrived.map(({ url }) => new URL(url).pathname);
    const functions = ["schema", "changes", "prune"].map((name) => `/api/rpc/tidemark_${name}`);
    expect(new Set(asked)).toEqual(new Set(functions));
    const { stdout: without } = await runToEnd(["doctor"], folder.path, {
      ...env,
      SUPABASE_PUBLISHABLE_KEY: "",
    });
    expect(without).toContain('if they send none, write origin: { key: "none" }');
  } finally {
    await bare.stop();
  }
});

it("a schema whose name has a blank is asked for by that name", async () => {
  const bare = await startNodeOrigin();
  const config = { schemas: ["My Schema"], tables: { items: true }, origin: ORIGINS.bare };
  const gateway = await startGateway({
    entry: workers.configured,
    env: { SUPABASE_URL: bare.url, TEST_CONFIG: JSON.stringify(config) },
    onLog: () => {},
  });
  bare.handle = async (request, response) => {
    await bare.arrive(request);
    response.writeHead(200, { "content-type": "application/json" }).end("[]");
  };
  try {
    const headers = { "accept-profile": "My Schema" };
    const first = await ask(`${gateway.url}/items`, { headers });
    expect(first.cacheStatus).toContain("; stored");
    expect((await ask(`${gateway.url}/items`, { headers })).cacheStatus).toContain("; hit");
    expect(bare.arrived.map((read) => read.headers["accept-profile"])).toEqual(["My Schema"]);
  } finally {
    await gateway.stop();
    await bare.stop();
  }
});

it("Neon's Data API is cached for readers without a token", async () => {
  const setting = await start(ORIGINS.neon, { path: "/neondb/rest/v1", anonRole: "anonymous" });
  await isCached(setting, `/neondb/rest/v1/${ROWS}`);
  expect((await setting.read(`/rest/v1/${ROWS}`)).cacheStatus).toMatch(/; hit/);
  const asUser = await setting.read(`/rest/v1/${ROWS}`, {
    authorization: `Bearer ${roleToken("authenticated", { sub: "user" })}`,
  });
  expect([asUser.status, asUser.cacheStatus]).toEqual([200, "tidemark; fwd=bypass; detail=user-token"]);
});

it("Supabase by oneself, with its legacy anon key, is what the defaults are for", async () => {
  const anonKey = roleToken("anon");
  const setting = await start(
    undefined,
    { path: "/rest/v1", apikeys: [anonKey] },
    { SUPABASE_PUBLISHABLE_KEY: anonKey },
  );
  await isCached(setting, `/rest/v1/${ROWS}`, { apikey: anonKey });
  const client = createClient(setting.gateway.url, anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  expect((await client.from("items").select("id").limit(2)).data).toHaveLength(2);
  const bad = await setting.read(`/rest/v1/${ROWS}`, { apikey: "other" });
  expect([bad.status, bad.cacheStatus]).toEqual([401, "tidemark; fwd=bypass; detail=other-key"]);
});

it("a PostgREST behind a gateway that knows apikey alone is cached for whoever shows it", async () => {
  const setting = await start(
    ORIGINS.apikey,
    { anonRole: "web_anon", apikeys: ["opaque"] },
    { SUPABASE_PUBLISHABLE_KEY: "opaque" },
  );
  await isCached(setting, `/${ROWS}`, { apikey: "opaque" });
  // Here the same text as a bearer is no key, but a token that PostgREST cannot verify.
  const bearer = await setting.read(`/${ROWS}`, { apikey: "opaque", authorization: "Bearer opaque" });
  expect([bearer.status, bearer.cacheStatus]).toEqual([401, "tidemark; fwd=bypass; detail=user-token"]);
  expect((await setting.read(`/${ROWS}`)).status).toBe(401);
});
