import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tidemark } from "../../src/client/client.ts";
import { PUBLISHABLE_KEY, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { CLIENT_PATIENCE } from "../../testing/patience.ts";
import { queryShapes } from "./query-shapes/all.ts";
import type { QueryShape } from "./query-shapes/query-shape.ts";

/** The response on the wire, and what the caller got. */
interface Seen {
  status: number;
  headers: Record<string, string>;
  body: string;
  result: unknown;
  cacheStatus: string;
}

/** Each way in which a client reads through the gateway. */
type Way = "with its URL pointed at the gateway" | "with the client option";
const ways: Way[] = ["with its URL pointed at the gateway", "with the client option"];

let stack: Stack;
const clients = {} as Record<Way | "direct", (shape: QueryShape) => Promise<Seen>>;

beforeAll(async () => {
  stack = await startStack();
  const { supabase, gateway } = stack;
  await supabase.db.exec(`
    create table uncached (id int primary key, word text);
    insert into uncached values (1, 'one'), (2, 'two');
    grant all on uncached to anon`);
  clients.direct = asking(supabase.url, fetch);
  clients["with its URL pointed at the gateway"] = asking(gateway.url, fetch);
  clients["with the client option"] = asking(
    supabase.url,
    tidemark({ gateway: gateway.url, project: supabase.url, timeout: CLIENT_PATIENCE }),
  );
});

afterAll(() => stack?.stop());

describe.each(ways)("supabase-js %s", (way) => {
  it.each(queryShapes)("answers as Supabase does, cold and warm: $name", async (shape) => {
    const direct = await clients.direct(shape);
    expect(direct.status < 400, `Supabase answers ${direct.status}: ${direct.body}`).toBe(!shape.refused);
    const cold = await clients[way](shape);
    const warm = await clients[way](shape);
    expect(said(cold)).toEqual(said(direct));
    expect(said(warm)).toEqual(said(direct));
    if (shape.bypass) expect(warm.cacheStatus).toBe(`tidemark; fwd=bypass; detail=${shape.bypass}`);
    else if (isStored(shape, direct)) expect(warm.cacheStatus).toMatch(/^tidemark; hit; /);
    else expect(warm.cacheStatus).toMatch(/^tidemark; fwd=/);
  });
});

describe("after a change of the rows", () => {
  const before = new Map<QueryShape, Seen>();
  const after = new Map<QueryShape, Seen>();
  let acknowledged: number;

  beforeAll(async () => {
    for (const shape of queryShapes) before.set(shape, await clients.direct(shape));
    await stack.supabase.db.exec(changes);
    await stack.webhooks.delivered();
    acknowledged = performance.now();
    for (const shape of queryShapes) after.set(shape, await clients.direct(shape));
  });

  it("the change is one that most of the shapes can see", () => {
    const changed = queryShapes.filter((shape) => after.get(shape)?.body !== before.get(shape)?.body);
    expect(changed.length).toBeGreaterThan(80);
  });

  describe.each(ways)("supabase-js %s", (way) => {
    it.each(queryShapes)("I1. answers as Supabase does within the bound: $name", async (shape) => {
      const expected = said(after.get(shape) as Seen);
      const ask = () => clients[way](shape);
      const fresh = await withinBound(LIVELY_MS, acknowledged, ask, ({ body }) => body === expected.body);
      expect(said(fresh)).toEqual(expected);
      expect(said(await ask())).toEqual(expected);
    });
  });
});

it("covers at least 60 shapes that Supabase answers", () => {
  expect(queryShapes.filter(({ refused }) => !refused).length).toBeGreaterThan(60);
});

/** A client that remembers its last answer, byte by byte. */
function asking(url: string, through: typeof fetch): (shape: QueryShape) => Promise<Seen> {
  const answers: Omit<Seen, "result">[] = [];
  const recording: typeof fetch = async (...request) => {
    const response = await through(...request);
    const body = Buffer.from(await response.clone().arrayBuffer()).toString("latin1");
    const headers = Object.fromEntries([...response.headers].filter(([name]) => describesContent(name)));
    answers.push({
      status: response.status,
      headers,
      body,
      cacheStatus: response.headers.get("cache-status") ?? "",
    });
    return response;
  };
  const client: SupabaseClient = createClient(url, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { fetch: recording },
  });
  return async (shape) => {
    const result = await shape.ask(client);
    const last = answers.pop();
    if (!last) throw new Error("supabase-js sent nothing");
    return { ...last, result };
  };
}

/**
 * Length and coding belong to the transfer. `Content-Location` repeats the query, and the many ways to write a query
 * share one entry: http.test.ts shows that it names the same rows.
 */
function describesContent(name: string): boolean {
  return (
    (name.startsWith("content-") && !/-(?:length|encoding|location)$/.test(name)) ||
    ["preference-applied", "range-unit", "link", "allow", "www-authenticate", "location"].includes(name)
  );
}

function said({ status, headers, body, result }: Seen) {
  return { status, headers, body, result };
}

/** 200, 206, and the 406 of `single()`: nothing else is stored. */
function isStored({ refused }: QueryShape, { status }: Seen): boolean {
  return !refused || status === 406;
}

/** Touches every table so that most answers change, once in each way that a row can. */
const changes = `
  update articles set views = views + 3, title = title || '!', keywords = keywords || '{new}' where id < 60;
  update articles set metadata = metadata || '{"minutes": 1}' where id in (1, 6, 12);
  update articles set draft = true where id in (2, 3);
  update articles set draft = false where id = 10;
  insert into articles (id, title, body, author_id, category, views)
    select n, 'New ' || n, 'b', 4, 'lecture', n from generate_series(9001, 9005) n;
  delete from articles where id = 11;
  update authors set name = upper(name), email = 'new-' || email;
  insert into comments (id, article_id, author, body) select n, 20, 'new', 'x' from generate_series(9001, 9003) n;
  update tags set name = name || ' (new)';
  insert into tags (id, name) values (9001, 'ninth');
  update movies set title = title || ' II' where title ~ '^(The |Zo|[0-9]+$)' or title ilike '%knight%';
  delete from movies where id % 4 = 1 and id < 400;
  update movies set imdb_rating = null where id in (1500, 1600);
  update movies set imdb_rating = 9.9 where id = 1700;
  update samples set big = big - 1, exact = exact + 1, data = '{"a": 1, "b": [9, 8]}', label = coalesce(label, 'was null')
    where id > 3;
  insert into samples (id, label, flag, span, search, words, small, day, data)
    values (9001, 'null', true, '[2,12)', 'fat:1 rat:2 quick:3 brown:4', '{red}', 3, '2026-02-28', '{"a": 1}'),
           (9002, 'a,b', false, '[20,30)', 'quick:1', '{"with, comma"}', 4, null, '{"a": 1.5}'),
           (9003, null, null, '[8,10)', null, null, null, null, null);
  update archive.articles set title = title || ' (archived)';
  update uncached set word = 'changed'`;
