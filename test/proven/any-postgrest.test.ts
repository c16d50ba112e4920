import { createClient } from "@supabase/supabase-js";
import { describe, expect, it } from "vitest";
import { roleToken } from "../../demo/capture.ts";
import { ask, askAdmin, askHealth, keeperKnowsSchema } from "../../testing/gateway/stack.ts";
import { ORIGINS } from "../../testing/origins/configurations.ts";
import { until } from "../../testing/patience.ts";
import { postgrestSettings, ROWS, untilHit } from "./postgrest-setting.ts";

const settings = postgrestSettings();

describe("a bare PostgREST at the root, whose anonymous readers send no token", () => {
  it("is cached at its own path and at /rest/v1, and follows changes", async () => {
    const setting = await settings.start(ORIGINS.bare, { anonRole: "web_anon" });
    await settings.expectCached(setting, `/${ROWS}`);
    await untilHit(setting, `/rest/v1/${ROWS}`);
    const fills = setting.origin.arrived.filter(({ url }) => url.includes("/items"));
    for (const { url, headers } of fills) {
      expect(new URL(url).pathname).toBe("/items");
      expect(headers.has("apikey") || headers.has("authorization")).toBe(false);
    }
  });

  it("I8. the origin judges every header that identifies the caller", async () => {
    const setting = await settings.start(ORIGINS.bare, { anonRole: "web_anon" });
    await setting.read(`/${ROWS}`);
    const bad = await setting.read(`/${ROWS}`, { authorization: "Bearer not.a.token" });
    expect([bad.status, bad.json.code]).toEqual([401, "PGRST301"]);
    expect(bad.cacheStatus).toBe("tidemark; fwd=bypass; detail=token-unknown");
    await settings.supabase.db.query("update items set hidden = true where id = 2");
    const asUser = await setting.read(`/${ROWS}`, { authorization: `Bearer ${roleToken("authenticated")}` });
    expect(asUser.json.map(({ id }: { id: number }) => id)).toEqual([1, 2]);
    const withKey = await setting.read(`/${ROWS}`, { apikey: "anything" });
    expect([withKey.status, withKey.cacheStatus]).toEqual([200, "tidemark; fwd=bypass; detail=other-key"]);
    await until("it is hidden from anonymous readers", async () => {
      const { json } = await setting.read(`/${ROWS}`);
      return json[1].id === 3;
    });
    await settings.supabase.db.query("update items set hidden = false");
  });

  it("takes writes, and Location leads to what was written", async () => {
    const { gateway, read } = await settings.start(ORIGINS.bare, { anonRole: "web_anon" });
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

  it("has no other Supabase services, and the gateway keeps its own paths", async () => {
    const { gateway, read, origin } = await settings.start(ORIGINS.bare, { anonRole: "web_anon" });
    for (const path of ["/auth/v1/user", "/storage/v1/object/x", "/realtime/v1/websocket"]) {
      const answer = await read(path);
      expect([answer.status, answer.json.code]).toEqual([404, "not-supabase"]);
    }
    await keeperKnowsSchema(gateway.url);
    expect((await askHealth(gateway.url)).json.status).toBe("ok");
    expect((await read("/_tidemark")).headers.get("location")).toBe("/_tidemark/");
    expect((await read("/_tidemark/a")).json.code).toBe("no-such-path");
    expect(origin.arrived.filter(({ url }) => !url.includes("/rpc/"))).toEqual([]);
    // Every other path is PostgREST's to judge.
    expect((await read("/favicon.ico")).json.code).toMatch(/^PGRST/);
    expect((await read("/a/b")).json.code).toBe("PGRST125");
  });

  it("is what the admin's queries mean", async () => {
    const { gateway, read } = await settings.start(ORIGINS.bare, { anonRole: "web_anon" });
    const admin = (path: string, body: object) => askAdmin(gateway.url, path, body);
    await keeperKnowsSchema(gateway.url);
    // Another each time, which nobody else has filled: the bound may pass in between.
    let id = 0;
    await until("what was warmed is a hit", async () => {
      const query = `/${ROWS}&id=gt.${++id}`;
      expect((await admin("warm", { queries: [query] })).status).toBe(200);
      // A query of an admin's names the schema, as supabase-js does.
      const { cacheStatus } = await read(query, { "accept-profile": "public" });
      expect((await admin("purge", { keys: [query] })).json.purged).toBe(1);
      return /; hit/.test(cacheStatus);
    });
  });
});

describe("a PostgREST under a path that requires a token", () => {
  const token = roleToken("web_anon");

  it("is cached for supabase-js, and for clients that send that token", async () => {
    const setting = await settings.start(
      ORIGINS.bearer,
      { path: "/api", anonRole: null },
      { SUPABASE_PUBLISHABLE_KEY: token },
    );
    await settings.expectCached(setting, `/api/${ROWS}`, { authorization: `Bearer ${token}` });
    const client = createClient(setting.gateway.url, token, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const read = () => client.from("items").select("id,name").order("id").limit(2);
    for (let round = 0; round < 2; round++) expect((await read()).data).toHaveLength(2);
    const asClient = { apikey: token, authorization: `Bearer ${token}`, "accept-profile": "public" };
    await untilHit(setting, `/rest/v1/${ROWS}`, asClient);
  });

  it("I8. without the token, or with another, the origin answers itself", async () => {
    const { read } = await settings.start(
      ORIGINS.bearer,
      { path: "/api", anonRole: null },
      { SUPABASE_PUBLISHABLE_KEY: token },
    );
    await read(`/api/${ROWS}`, { authorization: `Bearer ${token}` });
    for (const [headers, status, reason] of [
      [{}, 401, "no-key"],
      [{ apikey: token }, 401, "no-key"],
      [{ authorization: "Bearer a.b.c" }, 401, "token-unknown"],
      [{ authorization: `Bearer ${roleToken("authenticated")}` }, 200, "token-unknown"],
      [{ authorization: `Bearer ${token}`, apikey: "another" }, 200, "other-key"],
    ] as const) {
      const answer = await read(`/api/${ROWS}`, headers);
      expect([answer.status, answer.cacheStatus]).toEqual([status, `tidemark; fwd=bypass; detail=${reason}`]);
    }
  });
});
