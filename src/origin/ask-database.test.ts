import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureToken, roleToken } from "../../demo/capture.ts";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { prepare } from "../../testing/gateway/prepare.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";
import { captureSql } from "../capture/capture-sql.ts";
import { SECRET, SECRET_HASH } from "../capture/testing/database.ts";
import { askSchema, type DatabaseTarget } from "./ask-database.ts";
import { askWhoami } from "./ask-whoami.ts";

const TABLES = `
  create table public.marks (id int primary key, owner uuid, label text); alter table public.marks enable row level security;
  create policy own on public.marks to authenticated using (owner = auth.uid());
  create policy labelled on public.marks to anon using (label = 'public');`;

let supabase: Supabase;
let origin: NodeOrigin;
let target: DatabaseTarget;

beforeAll(async () => {
  [supabase, origin] = await Promise.all([startSupabase(), startNodeOrigin()]);
  const tables = [{ relation: "public.marks" }];
  await prepare(supabase, TABLES + captureSql({ tables, secretHash: SECRET_HASH }));
  target = {
    url: `${supabase.url}/rest/v1`,
    credentials: { apikey: supabase.publishableKey, authorization: `Bearer ${captureToken()}` },
    secret: SECRET,
    ...{ exposedSchema: "public", anonRole: "anon", deadlineMs: 60_000 },
  };
});
afterAll(async () => {
  await supabase.stop();
  await origin.stop();
});

const question = { tables: ["public.marks"], reader: "anon", roles: ["authenticated", "nobody"] };

describe("the database describes itself as each role reads it", () => {
  test("S7. with the policies of that role, and whether they bind it", async () => {
    const described = await askSchema(target, question);
    if (typeof described === "string") throw new Error(described);
    const conditions = (schema: string) =>
      JSON.parse(schema)["public.marks"].reads.policies.map(({ using }: { using: string }) => using);
    expect(conditions(described.schema)).toEqual(["(label = 'public'::text)"]);
    expect(Object.keys(described.roles)).toEqual(["authenticated", "nobody"]);
    expect(conditions(described.roles.authenticated?.schema ?? "")).toEqual(["(owner = auth.uid())"]);
    expect(described.roles.authenticated?.obeysPolicies).toBe(true);
    // It may be anybody.
    expect(conditions(described.roles.nobody?.schema ?? "")).toHaveLength(2);
    expect(described.roles.nobody?.obeysPolicies).toBe(false);
    expect((await askSchema(target, { ...question, roles: [] })) as object).toEqual({
      ...described,
      roles: {},
    });
  });

  test("a change of the schema between two answers is no description", async () => {
    const asked: string[] = [];
    origin.handle = async (request, response) => {
      const { body } = await origin.arrive(request);
      const { reader } = JSON.parse(body.toString());
      asked.push(reader);
      const answer = { schema: {}, watched: {}, ddl: true, anonObeys: true, bounds: true };
      response.end(JSON.stringify({ ...answer, version: reader === "nobody" ? 2 : 1, settings: "" }));
    };
    expect(await askSchema({ ...target, url: origin.url }, question)).toBe("unreadable");
    expect(asked.sort()).toEqual(["anon", "authenticated", "nobody"]);
    origin.reset();
  });
});

describe("S1. the database tells who shows a token", () => {
  const paths = [["sub"], ["app_metadata", "tenant"], ["missing"]];
  const ask = (claims: object, role = "authenticated") => askWhoami(target, roleToken(role, claims), paths);

  test("S1. the role, the expiry and the claims asked for", async () => {
    expect(await ask({ sub: "me", app_metadata: { tenant: 7 } })).toEqual({
      role: "authenticated",
      exp: 4_102_444_800,
      claims: ['"me"', "7", null],
    });
  });

  test("S1. an expiry that is missing is none", async () => {
    expect(await ask({ exp: undefined })).toMatchObject({ role: "authenticated", exp: null });
  });

  test("S1. a token that is not the database's, or has expired, is refused", async () => {
    const [head, body] = roleToken("authenticated").split(".");
    const forged = `${head}.${body}.${"A".repeat(43)}`;
    expect(await askWhoami(target, forged, paths)).toBe("refused");
    expect(await ask({ exp: 1_000_000_000 })).toBe("refused");
  });

  test("S4. a role that may not ask is told from a token that is refused", async () => {
    expect(await ask({}, "anon")).toBe("forbidden");
    expect(await ask({}, "tidemark_keeper")).toBe("forbidden");
  });

  test("S1. a path that the database does not tell, or no function at all, fails", async () => {
    expect(await askWhoami(target, roleToken("authenticated"), [["list", "0"]])).toBe("failed");
    expect(await askWhoami({ ...target, exposedSchema: "archive" }, roleToken("authenticated"), [])).toBe(
      "failed",
    );
  });

  test("I8. the call carries the project's key and the reader's token, and nothing of the keeper's", async () => {
    origin.reset();
    await askWhoami({ ...target, url: origin.url }, "a.b.c", [["sub"]]);
    const [call] = origin.arrived;
    if (call === undefined) throw new Error("nothing arrived");
    const { method, target: path, headers, body } = call;
    expect([method, path, String(body)]).toEqual(["POST", "/rpc/tidemark_whoami", '{"paths":[["sub"]]}']);
    expect(headers).toMatchObject({ apikey: supabase.publishableKey, authorization: "Bearer a.b.c" });
    expect(JSON.stringify(headers) + body).not.toContain(SECRET);
    expect(JSON.stringify(headers)).not.toContain(captureToken());
  });

  const good = { role: "authenticated", exp: "12", claims: ['"me"', null, null] };
  test.each<[string, number, string, unknown]>([
    ["as expected", 200, JSON.stringify(good), { ...good, exp: 12 }],
    [
      "an expiry too large to count with",
      200,
      JSON.stringify({ ...good, exp: "9007199254740993" }),
      { ...good, exp: null },
    ],
    ["an expiry written as a number", 200, JSON.stringify({ ...good, exp: 12 }), "failed"],
    ["another number of claims", 200, JSON.stringify({ ...good, claims: [] }), "failed"],
    ["no claims, as too much was asked for", 200, JSON.stringify({ ...good, claims: null }), "failed"],
    ["no role", 200, JSON.stringify({ ...good, role: "" }), "failed"],
    ["HTML", 200, "<html>", "failed"],
    ["an endless answer", 200, JSON.stringify({ ...good, more: "x".repeat(2_000_000) }), "failed"],
    ["401", 401, "{}", "refused"],
    ["403", 403, "{}", "refused"],
    ["404", 404, "{}", "failed"],
    ["a redirect", 302, "", "failed"],
    ["503", 503, "{}", "failed"],
  ])("%s", async (_, status, body, expected) => {
    origin.handle = async (request, response) => {
      await origin.arrive(request);
      response.writeHead(status, { location: `${origin.url}/elsewhere` }).end(body);
    };
    origin.arrived = [];
    expect(await askWhoami({ ...target, url: origin.url }, "a.b.c", paths)).toEqual(expected);
    expect(origin.arrived).toHaveLength(1);
    origin.reset();
  });

  test("neither an unreachable database nor a token that is no header is an error", async () => {
    expect(await askWhoami({ ...target, url: "http://127.0.0.1:1" }, "a.b.c", paths)).toBe("failed");
    expect(await askWhoami(target, "a\nb", paths)).toBe("failed");
  });
});
