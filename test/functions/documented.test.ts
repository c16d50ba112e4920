import { afterAll, beforeAll, expect, it } from "vitest";
import { type Answer, type Stack, startStack } from "../../testing/gateway/stack.ts";

// The requests of functions that PostgREST documents ("Functions as RPC" and what it refers to), one of each kind: each gets
// the API's own bytes, cold and warm. With POSTGREST_BIN, PostgREST answers.

// Nothing changes here. What can be kept by its age only is a hit the second time on any machine.
const lasting = { freshness: "1h" } as const;
const declared = { ...lasting, dependsOn: [], claims: [] };

const SQL = `
  create type composite as (i int, t text);
  create function add_them(a int, b int) returns int language sql immutable as 'select a + b';
  create function mult_them(numbers int[]) returns int language sql immutable as 'select numbers[1] * numbers[2]';
  create function plus_one(variadic v int[]) returns int[] language sql immutable as
    'select array_agg(n + 1) from unnest($1) as n';
  create function whole_body(json) returns int language sql immutable as
    $$ select ($1 ->> 'x')::int * ($1 ->> 'y')::int $$;
  create function told(text) returns text language sql immutable as 'select $1';
  create function bytes(bytea) returns bytea language sql immutable as 'select $1';
  create function best(minimum int default 10) returns setof articles language sql stable as
    'select * from articles where views >= minimum order by id';
  create function first_article() returns articles language sql stable as 'select * from articles order by id limit 1';
  create function no_article() returns articles language sql stable as 'select * from articles where false';
  create function titles() returns setof text language sql stable as 'select title from articles order by id';
  create function numbers() returns setof int language sql immutable as 'select generate_series(1, 12)';
  create function made() returns composite language sql immutable as $$ select row(7, 'x')::composite $$;
  create function several() returns table (i int, t text) language sql immutable as $$ values (1, 'a'), (2, 'b') $$;
  create function out_ones(out one int, out two text) language sql immutable as $$ select 1, 'two' $$;
  create function one_out(out one int) language sql immutable as 'select 1';
  create function in_out(inout n int, t text default 'x') language sql immutable as 'select n';
  create function nothing() returns void language sql stable as '';
  create function null_text() returns text language sql stable as 'select null::text';
  create function as_json() returns json language sql immutable as $$ select '{"b": 1.0, "a": [2, null]}'::json $$;
  create function overloads() returns int language sql immutable as 'select 0';
  create function overloads(a int) returns int language sql immutable as 'select 1';
  create function overloads(a int, b int) returns int language sql immutable as 'select 2';
  create function by_enum(c mood) returns mood language sql immutable as 'select c';
  create function dated(d date, t timestamptz) returns text language sql stable as $$ select d || ' ' || t $$;
  create function raised() returns int language plpgsql stable as
    $$ begin raise sqlstate 'PT402' using message = 'Payment', detail = 'Quota', hint = 'Upgrade'; end $$;
  create function written() returns text language sql volatile as $$ insert into authors (id, name) values (9, 'x') on conflict (id) do nothing; select 'written' $$;
  create function with_headers() returns int language plpgsql stable as
    $$ begin perform set_config('response.headers', '[{"Cache-Control": "public"}]', true); return 1; end $$;`;

const NAMES = [...SQL.matchAll(/create function (\w+)/g)].flatMap(([, name]) => name ?? []);

/** `GET` unless there is a body; further headers after it. */
type Asked = readonly [call: string, body?: string | undefined, headers?: Readonly<Record<string, string>>];

const SINGULAR = { accept: "application/vnd.pgrst.object+json" };
const STRIPPED = { accept: "application/vnd.pgrst.array+json;nulls=stripped" };
const CSV = { accept: "text/csv" };
const COUNT = { prefer: "count=exact" };

const DOCUMENTED: readonly Asked[] = [
  ["add_them?a=1&b=2"],
  ["add_them?b=2&a=1"],
  ["add_them", '{"a":1,"b":2}'],
  ["add_them", ' { "b": 2, "a": "1" } '],
  ["add_them?a=1"],
  ["add_them?a=x&b=2"],
  ["add_them", '{"a":1,"b":2,"c":3}'],
  ["mult_them?numbers={4,4}"],
  ["mult_them", '{"numbers":[4,4]}'],
  ["plus_one", '{"v":[1,2,3,4]}'],
  ["plus_one?v=1&v=2&v=3"],
  ["whole_body", '{"x":4,"y":2}'],
  ["told", "plain", { "content-type": "text/plain" }],
  ["bytes", "raw", { "content-type": "application/octet-stream" }],
  ["best?minimum=100"],
  ["best?minimum=100&views=lt.5000&select=id,title&order=views.desc,id&limit=5&offset=1"],
  ["best", '{"minimum":100}', COUNT],
  ["best?select=id,authors(name),comments(id)&id=lt.6"],
  ["best?select=id,authors!inner(name)&authors.name=like.A*"],
  ["best?select=category,views.sum()"],
  ["best?or=(id.eq.1,id.eq.2)&select=n:id,views::text"],
  ["best?id=in.(1,2,3)&select=id", undefined, STRIPPED],
  ["best?select=id,title&limit=3", undefined, CSV],
  ["best?select=id&limit=3", undefined, { range: "1-4", ...COUNT }],
  ["best?id=eq.1", undefined, SINGULAR],
  ["best?id=eq.-1", undefined, SINGULAR],
  ["best?select=missing"],
  ["first_article"],
  ["first_article", "{}", SINGULAR],
  ["first_article?select=id,authors(name)"],
  ["no_article"],
  ["titles"],
  ["numbers?limit=4&offset=2"],
  ["numbers", "{}", COUNT],
  ["made"],
  ["made?select=t"],
  ["several?i=gt.1"],
  ["several?order=t.desc", "{}"],
  ["out_ones"],
  ["one_out"],
  ["in_out?n=4"],
  ["in_out", '{"n":4,"t":"y"}'],
  ["nothing"],
  ["nothing", "{}"],
  ["null_text"],
  ["as_json"],
  ["as_json", "{}"],
  ["overloads"],
  ["overloads?a=1"],
  ["overloads", '{"a":1,"b":2}'],
  ["by_enum?c=sad"],
  ["by_enum", '{"c":"glad"}'],
  ["dated?d=2026-01-31&t=2026-01-31T12:00:00Z"],
  ["dated?d=2026-01-31&t=2026-01-31T12:00:00Z", undefined, { prefer: "timezone=Asia/Tokyo" }],
  ["dated", '{"d":"2026-01-31","t":"2026-01-31T12:00:00+02:00"}'],
  ["raised"],
  ["written", "{}"],
  ["with_headers"],
  ["add_them?columns=a,b", '{"a":1,"b":2,"ignored":0}'],
  ["absent?a=1"],
];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    config: {
      tables: { articles: lasting, authors: lasting, comments: lasting },
      functions: {
        ...Object.fromEntries(NAMES.map((name) => [name, lasting])),
        raised: declared,
        with_headers: declared,
      },
    },
    sql: `create type mood as enum ('sad', 'glad'); ${SQL}`,
  });
});

afterAll(() => stack?.stop());

function requestOf([call, body, headers = {}]: Asked): readonly [string, RequestInit] {
  const posted = body === undefined ? {} : { method: "POST", body };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  return [`/rest/v1/rpc/${call}`, { ...posted, headers: { ...type, ...headers } }];
}

const shownOf = ({ status, headers, body }: Answer) => ({
  status,
  body: body.toString("latin1"),
  headers: ["content-type", "content-range", "preference-applied"].map((name) => headers.get(name)),
});

const hits: boolean[] = [];

it.each(DOCUMENTED)("I1. %s %s", async (...asked) => {
  const [target, init] = requestOf(asked as unknown as Asked);
  const expected = shownOf(await stack.direct(target, init));
  expect(shownOf(await stack.read(target, init))).toEqual(expected);
  const warm = await stack.read(target, init);
  expect(shownOf(warm)).toEqual(expected);
  if (expected.status < 300) hits.push(/^tidemark; hit/.test(warm.cacheStatus));
});

it("I1. at least half of those that succeed are hits the second time", () => {
  const hit = hits.filter(Boolean).length;
  console.info(`${hit} of ${hits.length} that succeed are hits`);
  expect(hit).toBeGreaterThanOrEqual(hits.length / 2);
});
