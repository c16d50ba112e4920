import { beforeEach, describe, expect, it } from "vitest";
import { MAX_SCANNED_BYTES } from "../changes/webhook.ts";
import { MAX_BODY_BYTES } from "../http/request/json-body.ts";
import { type Ask, around, ask, CHANGE, HOOK, hook, POSITION, reset } from "./testing/admin-bench.ts";

beforeEach(reset);

describe("the webhook", () => {
  it("answers once the keeper has the change on disk", async () => {
    const { response, status, json } = await hook(CHANGE);
    expect(status).toBe(200);
    expect(json).toEqual({ affected: 2, position: POSITION });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(around.calls).toEqual([
      ["ingest", [{ kind: "row", operation: "INSERT", relation: "public.articles", record: { id: "1" } }]],
    ]);
  });

  it("takes changes of relations that a table depends on", async () => {
    expect((await hook({ ...CHANGE, table: "comments" })).status).toBe(200);
  });

  it("retries a broken stub once, and acknowledges only what the keeper acknowledged", async () => {
    around.failures = 1;
    expect((await hook(CHANGE)).status).toBe(200);
    around.failures = 2;
    around.calls = [];
    const { response, status, json } = await hook(CHANGE);
    expect(status).toBe(503);
    expect(json.code).toBe("keeper-unavailable");
    expect(response.headers.get("retry-after")).toBe("2");
    expect(around.calls).toEqual([]);
  });

  it("does not wait forever", async () => {
    around.hang = true;
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
    expect(around.calls).toEqual([]);
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
    expect(around.calls).toEqual([["ingest", [{ kind: "flush", relation: "public.articles" }]]]);
  });

  it.each<[string, () => unknown]>([
    ["no table", () => ({ ...CHANGE, table: null })],
    ["nothing at all", () => ({})],
    ["no table, of a giant", () => payload(giant, '"type":"INSERT"')],
    ["no end within the cap", () => payload(JSON.stringify({ id: 1, body: "x".repeat(MAX_SCANNED_BYTES) }))],
  ])("I9. takes a payload that tells %s as a flush of everything, and says so", async (_, body) => {
    const { status, json } = await hook(body());
    expect([status, json.flushed]).toEqual([200, "everything"]);
    expect(around.calls).toEqual([["purge", { all: true }]]);
  });

  it("treats a flush of an unknown table as an unknown table", async () => {
    const answer = await hook(payload(giant, '"type":"INSERT","table":"authors"'));
    expect([answer.status, answer.json.code]).toEqual([422, "unknown-table"]);
  });

  it.each<[string, object]>([
    ["an unknown table", { table: "authors" }],
    ["an unknown schema", { schema: "private" }],
    ["a trap", { schema: "__proto__", table: "constructor" }],
  ])("says so when no answer can depend on %s", async (_, other) => {
    const answer = await hook({ ...CHANGE, ...other });
    expect([answer.status, answer.json.code]).toEqual([422, "unknown-table"]);
  });

  it("refuses invalid UTF-8 and a truncated body", async () => {
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
