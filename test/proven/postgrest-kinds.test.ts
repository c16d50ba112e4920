import { createClient } from "@supabase/supabase-js";
import { expect, it } from "vitest";
import { roleToken } from "../../demo/capture.ts";
import { startGateway } from "../../demo/workerd.ts";
import { folderWith, runToEnd } from "../../src/cli/testing/command.ts";
import { ask, configured, pulling } from "../../testing/gateway/stack.ts";
import { startBarePostgrest } from "../../testing/origins/bare-postgrest.ts";
import { ORIGINS } from "../../testing/origins/configurations.ts";
import { startNodeOrigin } from "../../testing/origins/node-origin.ts";
import { postgrestSettings, ROWS, untilHit } from "./postgrest-setting.ts";

const settings = postgrestSettings();

it("tidemark doctor uses the gateway's address and role", async () => {
  const bare = await startBarePostgrest(settings.supabase, { path: "/api", anonRole: null });
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
  const worker = configured({ schemas: ["My Schema"], tables: { items: true }, origin: ORIGINS.bare });
  const gateway = await startGateway({
    entry: worker.entry,
    env: { SUPABASE_URL: bare.url, ...worker.env },
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
  const setting = await settings.start(ORIGINS.neon, { path: "/neondb/rest/v1", anonRole: "anonymous" });
  await settings.expectCached(setting, `/neondb/rest/v1/${ROWS}`);
  await untilHit(setting, `/rest/v1/${ROWS}`);
  const asUser = await setting.read(`/rest/v1/${ROWS}`, {
    authorization: `Bearer ${roleToken("authenticated", { sub: "user" })}`,
  });
  expect([asUser.status, asUser.cacheStatus]).toEqual([200, "tidemark; fwd=bypass; detail=token-unknown"]);
});

it("self-hosted Supabase with its legacy anon key works with the defaults", async () => {
  const anonKey = roleToken("anon");
  const setting = await settings.start(
    undefined,
    { path: "/rest/v1", apikeys: [anonKey] },
    { SUPABASE_PUBLISHABLE_KEY: anonKey },
  );
  await settings.expectCached(setting, `/rest/v1/${ROWS}`, { apikey: anonKey });
  const client = createClient(setting.gateway.url, anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  expect((await client.from("items").select("id").limit(2)).data).toHaveLength(2);
  const bad = await setting.read(`/rest/v1/${ROWS}`, { apikey: "other" });
  expect([bad.status, bad.cacheStatus]).toEqual([401, "tidemark; fwd=bypass; detail=other-key"]);
});

it("a PostgREST behind a gateway that checks only apikey is cached for clients that send it", async () => {
  const setting = await settings.start(
    ORIGINS.apikey,
    { anonRole: "web_anon", apikeys: ["opaque"] },
    { SUPABASE_PUBLISHABLE_KEY: "opaque" },
  );
  await settings.expectCached(setting, `/${ROWS}`, { apikey: "opaque" });
  // Here the same text as a bearer is no key, but a token that PostgREST cannot verify.
  const bearer = await setting.read(`/${ROWS}`, { apikey: "opaque", authorization: "Bearer opaque" });
  expect([bearer.status, bearer.cacheStatus]).toEqual([401, "tidemark; fwd=bypass; detail=token-unknown"]);
  expect((await setting.read(`/${ROWS}`)).status).toBe(401);
});
