import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { askOrigin, type OriginTarget } from "./ask-origin.ts";

const KEY = "sb_publishable_key";
const TOKEN = "eyJ.of-a-reader.sig";

const read: CacheableRead = {
  key: "/rest/v1/articles signed-in accept:application/json authenticated",
  path: "/rest/v1/articles",
  headers: { accept: "application/json" },
  audience: "signed-in",
  relation: "public.articles",
  asked: { schema: "public", relation: "articles", search: "" },
};

const heard: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  heard.push(request.headers);
  response.setHeader("content-type", "application/json; charset=utf-8").end("[]");
});

function target(credentials: Readonly<Record<string, string>>): OriginTarget {
  const { port } = server.address() as AddressInfo;
  const limits = { deadlineMs: 10_000, maxBodyBytes: 1_000 };
  return {
    url: `http://127.0.0.1:${port}`,
    credentials,
    keptHeaders: new Set(),
    ...limits,
    mayVaryBy: () => true,
  };
}

beforeAll(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)));
afterAll(() => new Promise<void>((closed) => void server.close(() => closed())));

describe("a fill", () => {
  it("S8. for a reader who signs in shows that reader's token, beside the project's key", async () => {
    for (const credentials of [{ apikey: KEY }, { apikey: KEY, authorization: `Bearer ${KEY}` }]) {
      const answer = await askOrigin(read, TOKEN, target(credentials));
      expect(heard.at(-1)).toMatchObject({ apikey: KEY, authorization: `Bearer ${TOKEN}` });
      expect(answer.kind).toBe("response");
      expect(JSON.stringify(answer)).not.toContain(TOKEN);
    }
  });

  it("I8. for everybody shows the project's key alone", async () => {
    await askOrigin({ ...read, audience: "publishable" }, null, target({ apikey: KEY }));
    expect(heard.at(-1)).toMatchObject({ apikey: KEY });
    expect(heard.at(-1)).not.toHaveProperty("authorization");
  });

  it("S8. with a token that is no header's value fails, and the failure does not name it", async () => {
    const before = heard.length;
    const answer = await askOrigin(read, `${TOKEN}\nx-other: 1`, target({ apikey: KEY }));
    expect(answer).toEqual({ kind: "failed", reason: "unreachable" });
    expect(heard.length).toBe(before);
  });
});
