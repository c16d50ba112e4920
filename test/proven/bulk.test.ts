import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRET_KEY, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const BOUND_MS = 2_000;
const ROWS = 10_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    changes: "pulled",
    // What no change touches is a hit on any machine. What is to be fresh is asked for with a bound.
    config: { tables: { items: { freshness: "1h" } } },
    sql: `create table items (id int primary key, category int not null, name text not null, price numeric not null);
      insert into items select n, n % 10, 'Old item ' || n, n / 8.0 from generate_series(1, 200) n;
      grant select on items to anon; grant all on items to service_role; select tidemark.watch('public.items')`,
  });
});

afterAll(() => stack?.stop());

/** The import has ids from 1,001 and categories from 100. */
const UNTOUCHED = [
  "/rest/v1/items?select=id,name&category=eq.1",
  "/rest/v1/items?select=*&id=eq.7",
  "/rest/v1/items?select=id&id=in.(3,5,8)",
  "/rest/v1/items?select=id,name&order=id&limit=20",
  "/rest/v1/items?select=id,price&price=lt.2&category=lt.50",
];

const NEWEST = "/rest/v1/items?select=id,price&order=id.desc&limit=3";
const IMPORTED = "/rest/v1/items?select=id,price&category=eq.107&order=id&limit=2";

const isHit = async (target: string) => (await stack.read(target)).cacheStatus.includes("hit; detail=memory");

/** What is imported, changed and removed through the gateway, and what the answers then show. */
const BULK = [
  {
    what: "an import",
    // As SQL: a body of so many rows is more than PGlite takes.
    run: async () => {
      await stack.supabase.db.exec(`insert into items select 1001 + n, 100 + n % 10, 'New item ' || n, 100
        from generate_series(0, ${ROWS - 1}) n`);
      return { error: null };
    },
    newest: [10_998, 10_999, 11_000].toReversed().map((id) => ({ id, price: 100 })),
    imported: [1_008, 1_018].map((id) => ({ id, price: 100 })),
  },
  {
    what: "an update",
    run: (client: ReturnType<Stack["client"]>) => client.from("items").update({ price: 200 }).gt("id", 1_000),
    newest: [10_998, 10_999, 11_000].toReversed().map((id) => ({ id, price: 200 })),
    imported: [1_008, 1_018].map((id) => ({ id, price: 200 })),
  },
  {
    what: "a delete",
    run: (client: ReturnType<Stack["client"]>) => client.from("items").delete().gt("id", 1_000),
    newest: [198, 199, 200].toReversed().map((id) => ({ id, price: id / 8 })),
    imported: [],
  },
];

test.each(BULK)(
  `L4. $what of ${ROWS} rows: what they do not touch stays a hit, what they touch is fresh`,
  async ({ run, newest, imported }) => {
    for (const target of [...UNTOUCHED, NEWEST, IMPORTED])
      await until(`${target} is a hit`, () => isHit(target));
    stack.origin.reset();
    const { error } = await run(stack.client("gateway", SECRET_KEY));
    expect(error).toBeNull();
    const acknowledged = performance.now();
    for (const [target, expected] of [
      [NEWEST, newest],
      [IMPORTED, imported],
    ] as const) {
      await withinBound(
        BOUND_MS,
        acknowledged,
        () => stack.read(target, { headers: { "cache-control": `max-age=${BOUND_MS / 1_000}` } }),
        ({ json }) => JSON.stringify(json) === JSON.stringify(expected),
      );
    }
    for (const target of UNTOUCHED) {
      expect((await stack.read(target)).cacheStatus).toContain("hit; detail=memory");
      expect(stack.origin.reads).not.toContain(target);
    }
    expect((await stack.admin("stats")).body.toString()).toContain('"coarseIngests":0');
  },
);
