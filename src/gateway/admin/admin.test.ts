import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, it } from "vitest";
import { Footprints } from "../../keeper/keys/footprints.ts";
import type { Explanation } from "../../keeper/protocol/admin.ts";
import type { KeeperCalls } from "../../keeper/protocol/calls.ts";
import type { DatabaseStatus } from "../../keeper/protocol/database-status.ts";
import type { Position } from "../../keeper/protocol/position.ts";
import type { Change } from "../../postgrest/row/change.ts";
import { VERSION } from "../../runtime/version.ts";
import { MAX_SCANNED_BYTES } from "../changes/webhook.ts";
import { resolveConfig } from "../config/resolve-config.ts";
import { MAX_BODY_BYTES } from "../http/json-body.ts";
import { createAdmin } from "./admin.ts";

const POSITION: Position = { generation: "g", mark: 7 };

const config = resolveConfig(
  { tables: { articles: true, feed: { dependsOn: ["comments"] } } },
  {
    SUPABASE_URL: "https://abc.supabase.co",
    SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
    SUPABASE_ANON_KEY: "anon",
  },
);

const KEY = "/rest/v1/articles?select=id publishable accept-profile:public accept:*/*";
/** What clients ask a path with by default. */
const KEYS = ["publishable", "legacy-anon"].flatMap((audience) =>
  ["accept-profile:public accept:*/*", "accept-profile:public accept:application/json"]
    .flatMap((headers) => [headers, headers.replace("accept-profile:public ", "")])
    .map((headers) => `/rest/v1/articles?select=id ${audience} ${headers}`),
);

const EXPLANATION: Explanation = {
  kind: "read",
  relations: ["public.articles"],
  caveats: [],
  registered: true,
  windowKnown: false,
  schemaKnown: false,
  byAgeForMs: 0,
  verdict: { affected: false, rule: "filter", because: "unaffected: neither the old nor the new row" },
};

const footprints = new Footprints(config.declared, null);

type Call = readonly [method: string, ...args: unknown[]];

let calls: Call[];
let followed: Position[];
let warmed: string[];
let failures: number;
let hang: boolean;
let report: object | null;
let standing: DatabaseStatus;

/** A keeper that notes what it is asked, and fails or hangs when told so. */
function keeper(): KeeperCalls {
  return new Proxy({} as KeeperCalls, {
    get:
      (_, method: string) =>
      async (...args: unknown[]) => {
        if (hang) return new Promise(() => {});
        if (failures-- > 0) throw new Error("the object was reset");
        calls.push([method, ...args]);
        const answer = { affected: 2, purged: 3, mode: args[0], position: POSITION, ...standing };
        const changes = method === "ingest" ? (args[0] as readonly Change[]) : [];
        const unknown = changes.filter((change) => !footprints.concerns(change)).map((c) => c.relation);
        return method === "explain" ? EXPLANATION : { ...answer, unknown };
      },
  });
}

function adminOf(env: Record<string, string>) {
  return createAdmin({
    config,
    env,
    keeper,
    reader: {
      follow: async (position) => {
        followed.push(position);
      },
    },
    reporter: {
      take: () => report as null,
      putBack: (given) => {
        report = given;
      },
    },
    reads: {
      answer: async (request) => {
        warmed.push(new URL(request.url).pathname);
        return new Response("[]", { headers: { "cache-status": "tidemark; fwd=uri-miss; stored" } });
      },
    },
  });
}

const ADMIN = "the admin's secret";
const HOOK = "the webhook's secret";
const admin = adminOf({ TIDEMARK_ADMIN_SECRET: ADMIN, TIDEMARK_WEBHOOK_SECRET: HOOK });

interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly secret?: string | null;
  readonly to?: typeof admin;
}

async function ask(path: string, { method, body, headers = {}, secret = ADMIN, to = admin }: Ask = {}) {
  const text =
    body === undefined || typeof body === "string" || body instanceof ReadableStream
      ? body
      : JSON.stringify(body);
  const request = new Request(`https://gateway.example/_tidemark/${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(text !== undefined && { body: text, duplex: "half" }),
  } as RequestInit);
  const response = await to(request, () => {});
  const answer = await response.text();
  return { response, status: response.status, json: answer === "" ? null : JSON.parse(answer) };
}

const CHANGE = { type: "INSERT", schema: "public", table: "articles", record: { id: 1 }, old_record: null };
const hook = (body: unknown, more: Ask = {}) => ask("webhook", { body, secret: HOOK, ...more });

beforeEach(() => {
  standing = { schemaState: "known", pulling: null };
  calls = [];
  followed = [];
  warmed = [];
  failures = 0;
  hang = false;
  report = null;
});

describe("secrets", () => {
  it.each([
    ["stats", {}],
    ["entries", {}],
    ["purge", { body: { all: true } }],
    ["warm", { body: { queries: ["/rest/v1/articles"] } }],
    ["mode", { body: { mode: "off" } }],
    ["explain", { body: { query: "/rest/v1/articles" } }],
    ["stats/reset", { method: "POST" }],
    ["webhook", { body: CHANGE }],
  ])("guard %s: none and a wrong one are refused, an unset one refuses everybody", async (path, asked) => {
    for (const secret of [null, "", "wrong", `${ADMIN} ${HOOK}`, ADMIN.slice(0, -1), `${HOOK}2`]) {
      const { response, status, json } = await ask(path, { ...asked, secret });
      expect(status).toBe(401);
      expect(json.code).toBe("unauthorized");
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
    }
    for (const env of [{}, { TIDEMARK_ADMIN_SECRET: "", TIDEMARK_WEBHOOK_SECRET: " " }]) {
      for (const secret of [null, "", "undefined"]) {
        const { status, json } = await ask(path, {
          ...asked,
          secret,
          to: adminOf(env as Record<string, string>),
        });
        expect(status).toBe(403);
        expect(json.code).toBe("secret-not-set");
      }
    }
    expect(calls).toEqual([]);
    expect(warmed).toEqual([]);
  });

  it.each([
    ["stats", {}],
    ["purge", { body: { all: true } }],
    ["webhook", { body: CHANGE }],
  ])(
    "guard %s: one shorter than 16 characters is as good as none, for who knows it, too",
    async (path, asked) => {
      for (const short of ["x", "hunter2", "123456789012345", "  123456789012345  ", "🔑🔑🔑🔑🔑🔑🔑🔑"]) {
        const to = adminOf({ TIDEMARK_ADMIN_SECRET: short, TIDEMARK_WEBHOOK_SECRET: short });
        const { status, json } = await ask(path, {
          ...asked,
          secret: /^ *[ -~]+$/.test(short) ? short : null,
          to,
        });
        expect([status, json.code]).toEqual([403, "secret-too-short"]);
        expect(JSON.stringify(json)).not.toContain(short.trim());
        expect(json.detail).toMatch(/wrangler secret put TIDEMARK_(?:ADMIN|WEBHOOK)_SECRET/);
      }
      const enough = "1234567890123456";
      const to = adminOf({ TIDEMARK_ADMIN_SECRET: enough, TIDEMARK_WEBHOOK_SECRET: ` ${enough} ` });
      expect((await ask(path, { ...asked, secret: enough, to })).status).toBe(200);
    },
  );

  it("are not interchangeable, and other schemes are none", async () => {
    expect((await ask("stats", { secret: HOOK })).status).toBe(401);
    expect((await hook(CHANGE, { secret: ADMIN })).status).toBe(401);
    expect((await ask("stats", { headers: { authorization: `Basic ${ADMIN}` } })).status).toBe(401);
    expect((await ask(`stats?secret=${encodeURIComponent(ADMIN)}`, { secret: null })).status).toBe(401);
    expect((await ask("stats", { headers: { authorization: `bearer  ${ADMIN}` } })).status).toBe(200);
  });
});

describe("the webhook", () => {
  it("answers when the keeper has the change on disk", async () => {
    const { response, status, json } = await hook(CHANGE);
    expect(status).toBe(200);
    expect(json).toEqual({ affected: 2, position: POSITION });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(calls).toEqual([
      ["ingest", [{ kind: "row", operation: "INSERT", relation: "public.articles", record: { id: "1" } }]],
    ]);
  });

  it("takes changes of what a table depends on", async () => {
    expect((await hook({ ...CHANGE, table: "comments" })).status).toBe(200);
  });

  it("tries a broken stub once more, and acknowledges nothing that the keeper did not", async () => {
    failures = 1;
    expect((await hook(CHANGE)).status).toBe(200);
    failures = 2;
    calls = [];
    const { response, status, json } = await hook(CHANGE);
    expect(status).toBe(503);
    expect(json.code).toBe("keeper-unavailable");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(calls).toEqual([]);
  });

  it("does not wait for ever", { timeout: 10_000 }, async () => {
    hang = true;
    expect((await hook(CHANGE)).status).toBe(503);
  });

  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });

  it.each<[string, number, string, () => unknown, Ask]>([
    ["no JSON", 400, "malformed-json", () => "{", {}],
    ["nothing", 400, "malformed-json", () => "", {}],
    ["a list", 400, "malformed-change", () => [CHANGE], {}],
    ["null", 400, "malformed-change", () => "null", {}],
    ["a deep list", 400, "malformed-change", () => `${"[".repeat(50_000)}${"]".repeat(50_000)}`, {}],
    [
      "another type",
      415,
      "unsupported-media-type",
      () => CHANGE,
      { headers: { "content-type": "text/plain" } },
    ],
    ["a giant that is no object", 413, "body-too-large", () => `"${"x".repeat(MAX_BODY_BYTES)}"`, {}],
    ["an endless body", 413, "body-too-large", endless, {}],
  ])("refuses %s", async (_, status, code, body, more) => {
    const answer = await hook(body(), more);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.response.headers.get("content-type")).toBe("application/problem+json");
    expect(calls).toEqual([]);
  });

  const payload = (record: string, more = '"type":"INSERT","table":"articles"') =>
    `{${more},"record":${record},"schema":"public","old_record":null}`;
  const giant = JSON.stringify({ id: 1, body: "x".repeat(MAX_BODY_BYTES) });

  it.each<[string, () => unknown, string]>([
    ["too deep a row", () => payload(`{"a":${"[".repeat(1_001)}${"]".repeat(1_001)}}`), "too deeply"],
    ["no row", () => ({ ...CHANGE, record: null }), "lacks its row"],
    ["an unknown type", () => ({ ...CHANGE, type: "MERGE" }), "MERGE"],
    ["a giant", () => payload(giant), "more than"],
  ])("I9. takes %s as a flush of its table, and says so", async (_, body, because) => {
    const { status, json } = await hook(body());
    expect([status, json]).toEqual([
      200,
      {
        ...{ affected: 2, position: POSITION, flushed: "public.articles" },
        because: expect.stringContaining(because),
      },
    ]);
    expect(calls).toEqual([["ingest", [{ kind: "flush", relation: "public.articles" }]]]);
  });

  it.each<[string, () => unknown]>([
    ["no table", () => ({ ...CHANGE, table: null })],
    ["nothing at all", () => ({})],
    ["no table, of a giant", () => payload(giant, '"type":"INSERT"')],
    ["no end within the cap", () => payload(JSON.stringify({ id: 1, body: "x".repeat(MAX_SCANNED_BYTES) }))],
  ])("I9. takes what tells %s as a flush of everything, and says so", async (_, body) => {
    const { status, json } = await hook(body());
    expect([status, json.flushed]).toEqual([200, "everything"]);
    expect(calls).toEqual([["purge", { all: true }]]);
  });

  it("takes a flush of an unknown table for an unknown table", async () => {
    const answer = await hook(payload(giant, '"type":"INSERT","table":"authors"'));
    expect([answer.status, answer.json.code]).toEqual([422, "unknown-table"]);
  });

  it.each<[string, object]>([
    ["an unknown table", { table: "authors" }],
    ["an unknown schema", { schema: "private" }],
    ["a trap", { schema: "__proto__", table: "constructor" }],
  ])("says when no answer can depend on %s", async (_, other) => {
    const answer = await hook({ ...CHANGE, ...other });
    expect([answer.status, answer.json.code]).toEqual([422, "unknown-table"]);
  });

  it("refuses bytes that are not UTF-8, and a body that breaks off", async () => {
    const bytes = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new Uint8Array([0x22, 0xff, 0x22]));
        controller.close();
      },
    });
    expect((await hook(bytes)).json.code).toBe("malformed-json");
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    expect((await hook(broken)).json.code).toBe("malformed-json");
  });

  it("takes POST only", async () => {
    const { response, status, json } = await ask("webhook", { secret: HOOK });
    expect([status, json.code, response.headers.get("allow")]).toEqual([405, "method-not-allowed", "POST"]);
  });
});

describe("health", () => {
  it("is public", async () => {
    const { status, json } = await ask("health", { secret: null });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "ok", version: VERSION, keeper: "ok" });
  });

  it("is degraded, and still 200, when the keeper does not answer within a second", async () => {
    hang = true;
    const begun = Date.now();
    const { status, json } = await ask("health", { secret: null, to: adminOf({}) });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "degraded", mode: "on", keeper: "unreachable", schema: "unknown" });
    expect(Date.now() - begun).toBeLessThan(1_900);
  });

  const pulling = { lastAgo: 10, failure: null, pruneFailure: null, prunedAgo: 5, isFailing: false };
  const message = "tidemark_changes answered 500: a secret detail";
  const since = "2026-11-27T10:00:00.000Z";
  const failure = { code: "database", message, at: "2026-11-27T12:00:00.000Z", since };

  it.each<[DatabaseStatus, string, string]>([
    [{ schemaState: "known", pulling }, "ok", "pulled"],
    [{ schemaState: "known", pulling: { ...pulling, pruneFailure: failure } }, "ok", "pulled"],
    [{ schemaState: "none", pulling: null }, "ok", "webhooks"],
    [{ schemaState: "refused", pulling: null }, "ok", "webhooks"],
    [{ schemaState: "missing", pulling: null }, "degraded", "unknown"],
    [{ schemaState: "outdated", pulling: null }, "degraded", "unknown"],
    [{ schemaState: "too-large", pulling }, "degraded", "pulled"],
    [{ schemaState: "unreadable", pulling }, "degraded", "pulled"],
    [{ schemaState: "known", pulling: { ...pulling, failure, isFailing: true } }, "degraded", "failing"],
  ])("says in a word why nothing is proven: %j", async (given, status, changes) => {
    standing = given;
    const { json } = await ask("health", { secret: null, to: adminOf({}) });
    expect(json).toMatchObject({ status, keeper: "ok", schema: given.schemaState, changes });
    expect(JSON.stringify(json)).not.toContain("secret");
  });

  it("says what fails at the database, by its code and since when: pulling and pruning", async () => {
    standing = {
      schemaState: "known",
      pulling: { ...pulling, pruneFailure: { ...failure, code: "overdue" } },
    };
    const asked = async () => (await ask("health", { secret: null, to: adminOf({}) })).json;
    expect(await asked()).toMatchObject({
      status: "ok",
      failures: [{ what: "prune", code: "overdue", since }],
    });
    standing = { schemaState: "known", pulling: { ...pulling, failure, isFailing: true } };
    expect(await asked()).toMatchObject({
      status: "degraded",
      failures: [{ what: "pull", code: "database", since }],
    });
    standing = { schemaState: "known", pulling };
    expect(await asked()).toMatchObject({ failures: [] });
  });

  it("asks the keeper once a second, however often it is asked itself", async () => {
    const to = adminOf({});
    for (let i = 0; i < 5; i++) await ask("health", { to });
    expect(calls).toHaveLength(1);
  });

  it("I11. asks the keeper once, however many ask at the same time", async () => {
    const to = adminOf({});
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask("health", { to })));
    expect(new Set(answers.map(({ json }) => json.keeper))).toEqual(new Set(["ok"]));
    expect(calls).toHaveLength(1);
  });

  it("tells the package's version", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(VERSION).toBe(version);
  });
});

describe("purge", () => {
  const isKeys = (keys: readonly string[]) => keys.toSorted().join() === KEYS.toSorted().join();
  const path = "/rest/v1/articles?select=id";

  it.each([
    [{ all: true }, { all: true }],
    [{ table: "articles" }, { table: "public.articles" }],
    [{ table: "public.comments" }, { table: "public.comments" }],
    [{ prefix: "/rest/v1/articles" }, { prefix: "/rest/v1/articles" }],
    [{ keys: [KEY] }, { keys: [KEY] }],
    [{ keys: [path, KEY] }, { keys: expect.toSatisfy(isKeys) }],
    [{ keys: ["/rest/v1/%61rticles?&select=id"] }, { keys: expect.toSatisfy(isKeys) }],
  ])("%j", async (body, purge) => {
    const { status, json } = await ask("purge", { body });
    expect([status, json.purged, json.position]).toEqual([200, 3, POSITION]);
    expect(calls).toEqual([["purge", purge]]);
    expect(followed).toEqual([POSITION]);
  });

  it.each<[unknown, number, string]>([
    [{}, 400, "invalid-field"],
    [{ all: true, table: "articles" }, 400, "invalid-field"],
    [{ all: false }, 400, "invalid-field"],
    [{ all: "true" }, 400, "invalid-field"],
    [{ keys: [] }, 400, "invalid-field"],
    [{ keys: "x" }, 400, "invalid-field"],
    [{ keys: [1] }, 400, "invalid-field"],
    [{ keys: Array(1_001).fill(path) }, 400, "invalid-field"],
    [{ prefix: "" }, 400, "invalid-field"],
    [{ prefix: "articles" }, 400, "invalid-field"],
    [{ tables: "articles" }, 400, "unknown-field"],
    [{ table: "authors" }, 422, "unknown-table"],
    [{ keys: ["/rest/v1/authors"] }, 422, "not-cacheable"],
    [{ keys: ["//evil.example/rest/v1/articles"] }, 422, "not-cacheable"],
    [{ keys: ["articles"] }, 422, "not-cacheable"],
    [[], 400, "invalid-field"],
    ["null", 400, "invalid-field"],
    ["{", 400, "malformed-json"],
    ['{"__proto__": {"all": true}}', 400, "unknown-field"],
  ])("refuses %j", async (body, status, code) => {
    const answer = await ask("purge", { body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(calls).toEqual([]);
  });

  it("names the field and what was meant", async () => {
    const { json } = await ask("purge", { body: { tabel: "articles" } });
    expect(json).toMatchObject({ field: "tabel", detail: "tabel is not known. Did you mean table?" });
  });

  it("says so when the keeper did not", async () => {
    failures = 2;
    expect((await ask("purge", { body: { all: true } })).status).toBe(503);
  });
});

describe("warm", () => {
  it("tells of every query what became of it, and asks only for what is cached", async () => {
    const queries = [
      "/rest/v1/articles?select=id",
      "/rest/v1/authors",
      "/rest/v1/articles?id=eq.(",
      "//x/y",
      "x",
    ];
    const { json } = await ask("warm", { body: { queries } });
    expect(json.results).toEqual([
      { query: queries[0], status: 200, cacheStatus: "tidemark; fwd=uri-miss; stored" },
      { query: queries[1], bypass: "table-not-configured" },
      expect.objectContaining({ query: queries[2] }),
      { query: queries[3], bypass: "bad-path" },
      { query: queries[4], bypass: "bad-path" },
    ]);
  });

  it("takes a hundred at most", async () => {
    const queries = Array.from({ length: 100 }, (_, i) => `/rest/v1/articles?id=eq.${i}`);
    expect((await ask("warm", { body: { queries } })).json.results).toHaveLength(100);
    expect(warmed).toHaveLength(100);
    expect((await ask("warm", { body: { queries: [...queries, "x"] } })).json.code).toBe("invalid-field");
    expect((await ask("warm", { body: {} })).json.code).toBe("invalid-field");
  });
});

describe("entries, statistics, mode", () => {
  it("pages", async () => {
    await ask("entries");
    await ask("entries?prefix=/rest&cursor=abc&limit=5");
    expect(calls).toEqual([
      ["entries", { prefix: "", cursor: null, limit: 100 }],
      ["entries", { prefix: "/rest", cursor: "abc", limit: 5 }],
    ]);
    for (const query of ["limit=0", "limit=1001", "limit=-1", "limit=1e3", "limit=", "cursor=", "page=2"]) {
      expect((await ask(`entries?${query}`)).status).toBe(400);
    }
  });

  it("tells this isolate's counts along, and keeps them when that fails", async () => {
    report = { counts: {}, keysRead: [] };
    expect((await ask("stats")).status).toBe(200);
    expect(calls[0]).toEqual(["stats", report]);
    const taken = report;
    failures = 1;
    expect((await ask("stats")).status).toBe(503);
    expect(report).toBe(taken);
  });

  it("resets and switches", async () => {
    expect((await ask("stats/reset", { method: "POST" })).status).toBe(200);
    expect((await ask("mode", { body: { mode: "shadow" } })).json).toEqual({ mode: "shadow" });
    expect(calls).toEqual([["resetStats"], ["setMode", "shadow"]]);
    expect(followed).toEqual([POSITION]);
    expect((await ask("mode", { body: { mode: "auto" } })).json.code).toBe("invalid-field");
  });

  it.each([
    ["nothing", 404, "no-such-path", "GET"],
    ["stats/", 404, "no-such-path", "GET"],
    ["stats", 405, "method-not-allowed", "POST"],
    ["purge", 405, "method-not-allowed", "GET"],
    ["health", 405, "method-not-allowed", "DELETE"],
  ])("%s: %i", async (path, status, code, method) => {
    const answer = await ask(path, { method });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    if (status === 405) expect(answer.response.headers.get("allow")).toMatch(/GET|POST/);
  });
});

describe("a nudge", () => {
  const secret = `whsec_${btoa("a secret of twenty-four bytes")}`;
  const to = adminOf({ TIDEMARK_NUDGE_SECRET: secret });
  const body = '{"type":"tidemark.nudge"}';

  function signed(by = secret, at = new Date()): Record<string, string> {
    const id = "msg_1";
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": new Webhook(by).sign(id, at, body),
    };
  }

  const nudge = (headers: Record<string, string>, more: Ask = {}) =>
    ask("nudge", { body, headers, secret: null, to, ...more });

  it("is heard when it is signed", async () => {
    expect((await nudge(signed())).status).toBe(202);
    expect(calls).toEqual([["nudge"]]);
  });

  it.each<[string, () => Record<string, string>, Ask]>([
    ["without a signature", () => ({}), {}],
    ["with another's signature", () => signed(`whsec_${btoa("another secret of 24 bytes!")}`), {}],
    ["of an hour ago", () => signed(secret, new Date(Date.now() - 3_600_000)), {}],
    ["with another body", () => signed(), { body: '{"type": "tidemark.nudge"}' }],
    ["with the admin's secret instead", () => ({}), { secret: ADMIN }],
    ["when the secret is none", () => signed(), { to: adminOf({ TIDEMARK_NUDGE_SECRET: "%".repeat(40) }) }],
  ])("is refused %s", async (_, headers, more) => {
    const { status, json } = await nudge(headers(), more);
    expect([status, json.code]).toEqual([401, "unauthorized"]);
    expect(calls).toEqual([]);
  });

  it.each([8, 15])(
    "is refused while its secret has %i bytes, though it is signed with that",
    async (bytes) => {
      const short = `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
      const { status, json } = await nudge(signed(short), { to: adminOf({ TIDEMARK_NUDGE_SECRET: short }) });
      expect([status, json.code]).toEqual([403, "secret-too-short"]);
      expect(calls).toEqual([]);
    },
  );

  it("is refused while no secret is set", async () => {
    const { json } = await nudge(signed(), { to: adminOf({}) });
    expect(json.code).toBe("secret-not-set");
  });

  it("is not too long, and says when the keeper is away", async () => {
    expect((await nudge(signed(), { body: "x".repeat(5_000) })).json.code).toBe("body-too-large");
    failures = 2;
    expect((await nudge(signed())).json.code).toBe("keeper-unavailable");
    expect((await ask("nudge", { to, method: "GET" })).json.code).toBe("method-not-allowed");
  });
});

describe("explain", () => {
  it("shows a read, and whether a change touches it", async () => {
    const { json } = await ask("explain", { body: { query: "/rest/v1/articles?select=id", change: CHANGE } });
    expect(json).toMatchObject({ ...EXPLANATION, key: KEY, relation: "public.articles" });
    const [[method, read, change]] = calls as [Call];
    expect([method, read]).toMatchObject(["explain", { key: KEY }]);
    expect(change).toMatchObject({ kind: "row", operation: "INSERT", relation: "public.articles" });
    const { json: without } = await ask("explain", { body: { query: "/rest/v1/articles?select=id" } });
    expect(without).toMatchObject({ kind: "read", relations: ["public.articles"] });
    expect(calls[1]?.[2]).toBeNull();
  });

  it("says when the keeper does not answer", async () => {
    failures = 2;
    const { status, json } = await ask("explain", { body: { query: "/rest/v1/articles" } });
    expect([status, json.code]).toEqual([503, "keeper-unavailable"]);
  });

  it("shows a bypass and why", async () => {
    const { json } = await ask("explain", { body: { query: "/rest/v1/articles", headers: { "x-a": "1" } } });
    expect(json).toMatchObject({ kind: "bypass", reason: "unkeyed-header" });
    expect(json.because).toContain("PostgREST shows to SQL");
  });

  it.each([
    [{ query: "//x" }, "bad-path"],
    [{ query: 1 }, "invalid-field"],
    [{ query: "/rest/v1/articles", headers: { "a b": "c" } }, "invalid-field"],
    [{ query: "/rest/v1/articles", headers: { a: "c\r\nd" } }, "invalid-field"],
    [{ query: "/rest/v1/articles", change: {} }, "malformed-change"],
    [{ query: "/rest/v1/articles", changes: {} }, "unknown-field"],
  ])("refuses %j", async (body, code) => {
    expect((await ask("explain", { body })).json.code).toBe(code);
  });
});
