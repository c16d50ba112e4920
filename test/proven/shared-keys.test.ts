import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { ask, PUBLISHABLE_KEY, settings, workers } from "../../testing/gateway/stack.ts";
import { type NodeOrigin, startNodeOrigin } from "../../testing/origins/node-origin.ts";

/** Two requests share an answer only if PostgREST answers both alike: an origin in its place sees what it is asked. */

interface Asked {
  readonly search: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let origin: NodeOrigin;
let gateway: Gateway;

beforeAll(async () => {
  origin = await startNodeOrigin();
  gateway = await startGateway({ entry: workers.patient, env: settings(origin.url), onLog: () => {} });
});

afterAll(async () => {
  await gateway?.stop();
  await origin?.stop();
});

beforeEach(() => {
  origin.reset();
  origin.handle = async (request, response) => {
    const { target } = await origin.arrive(request);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify([{ target }]));
  };
});

async function read({ search, headers = {} }: Asked, test: string) {
  // The same for both, and another than in any other test.
  const url = `${gateway.url}/rest/v1/articles?${search}&title=eq.${encodeURIComponent(test)}`;
  const { cacheStatus } = await ask(url, { headers: { apikey: PUBLISHABLE_KEY, ...headers } });
  return cacheStatus;
}

const EMBEDS = "select=id,authors(id),comments(id)&order=id&limit=1";
const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

describe("share an answer", () => {
  const cases: readonly (readonly [string, Asked, Asked])[] = [
    [
      "filters of one relation in any order",
      { search: "id=gt.1&views=lt.9" },
      { search: "views=lt.9&id=gt.1" },
    ],
    [
      "embeds that filters put into the same place",
      { search: `${EMBEDS}&comments.id=gt.0&authors.id=gte.1` },
      { search: "select=id,comments(id),authors(id)&order=id&limit=1&comments.id=gt.0&authors.id=gte.1" },
    ],
    ["no Accept and any type", { search: "id=eq.1" }, { search: "id=eq.1", headers: { accept: "*/*" } }],
    [
      "lists that say the same of what there always is",
      { search: "id=eq.1", headers: { accept: ACCEPT } },
      {
        search: "id=eq.1",
        headers: { accept: "text/html, application/xhtml+xml, application/xml;q=0.7, */*;q=0.1, x/y;q=0" },
      },
    ],
    [
      "what a client's platform is called",
      { search: "id=eq.1", headers: { "x-supabase-client-platform": "iOS" } },
      { search: "id=eq.1", headers: { prefer: "count=none" } },
    ],
    ["an empty limit and none", { search: "id=gt.1&limit=" }, { search: "id=gt.1" }],
  ];

  it.each(cases)("%s", async (name, one, other) => {
    expect(await read(one, name)).toBe("tidemark; fwd=uri-miss; stored; unproven");
    expect(await read(other, name)).toMatch(/; hit/);
    expect(origin.arrived).toHaveLength(1);
  });
});

describe("do not", () => {
  const cases: readonly (readonly [string, Asked, Asked])[] = [
    [
      "embeds that filters put into different places",
      { search: `${EMBEDS}&comments.id=gt.0&authors.id=gte.1` },
      { search: `${EMBEDS}&authors.id=gte.1&comments.id=gt.0` },
    ],
    [
      "a filter and a logic tree of an embed",
      { search: `${EMBEDS}&authors.id=gt.0&comments.order=id` },
      { search: `${EMBEDS}&authors.and=(id.gt.0)&comments.order=id` },
    ],
    [
      "patterns that Postgres may refuse before or after another filter",
      { search: "title=match.[&id=eq.0" },
      { search: "id=eq.0&title=match.[" },
    ],
    [
      "any type and JSON: a table may have its own handler for one of them",
      { search: "id=eq.1" },
      { search: "id=eq.1", headers: { accept: "application/json" } },
    ],
    [
      "any type and a browser's list",
      { search: "id=eq.1" },
      { search: "id=eq.1", headers: { accept: ACCEPT } },
    ],
    [
      "a schema that is named and one that is not: PostgREST names it then, too",
      { search: "id=eq.1" },
      { search: "id=eq.1", headers: { "accept-profile": "public" } },
    ],
    [
      "time zones that differ in any letter",
      { search: "id=eq.1", headers: { prefer: "timezone=Europe/Berlin" } },
      { search: "id=eq.1", headers: { prefer: "timezone=europe/berlin" } },
    ],
  ];

  it.each(cases)("%s", async (name, one, other) => {
    for (const asked of [one, other])
      expect(await read(asked, name)).toBe("tidemark; fwd=uri-miss; stored; unproven");
    const [first, second] = origin.arrived;
    expect([second?.target, second?.headers]).not.toEqual([first?.target, first?.headers]);
  });

  it("embeds in the order asked reach PostgREST so that it leaves them there", async () => {
    await read({ search: `${EMBEDS}&comments.id=gt.0&authors.id=gte.1` }, "in place");
    expect(origin.arrived[0]?.target).toContain("select=id,comments(id),authors(id)");
  });
});

describe("are left to PostgREST", () => {
  const cases: readonly (readonly [string, string, Asked])[] = [
    [
      "an aliased embed by its relation's name, which newer versions refuse",
      "unparsable",
      { search: "select=id,writer:authors(id)&authors.limit=1" },
    ],
    ["one name for two embeds", "unparsable", { search: "select=a:authors(id),a:comments(id)&a.id=eq.1" }],
    ["an offset beside an empty limit", "unparsable", { search: "limit=&offset=2" }],
    ["a time zone that is none", "uncacheable-prefer", { search: "", headers: { prefer: "timezone=a b" } }],
    [
      "count=none to a strict reader",
      "uncacheable-prefer",
      { search: "", headers: { prefer: "handling=strict,count=none" } },
    ],
    [
      "types that only the database may know",
      "uncacheable-accept",
      { search: "", headers: { accept: "image/png" } },
    ],
  ];

  it.each(cases)("%s", async (name, reason, asked) => {
    expect(await read(asked, name)).toBe(`tidemark; fwd=bypass; detail=${reason}`);
  });
});
