import type { TidemarkConfig } from "../../src/gateway/config/config.ts";

/** What the functions of these tests promise, in milliseconds. */
export const BOUND_MS = 1_000;

const lively = { freshness: `${BOUND_MS}ms` } as const;

/** The demo's functions, and those that a test makes. */
export const functionsConfig: TidemarkConfig = {
  schemas: ["public", "archive"],
  tables: Object.fromEntries(["articles", "authors", "comments", "notes"].map((name) => [name, lively])),
  functions: {
    search_articles: lively,
    article_stats: { ...lively, dependsOn: ["articles", "comments"], claims: [] },
    my_notes: lively,
    view_article: lively,
    in_category: { ...lively, dependsOn: { articles: "category=eq.{category}" } },
    by_age: lively,
    turning: lively,
    doubled: lively,
    overloaded: lively,
    shaped: lively,
    tabled: lively,
    raw_body: lively,
    echoes: lively,
    announces: { ...lively, dependsOn: [] },
    missing: lively,
    "archive.old_titles": lively,
  },
  audiences: { roles: ["authenticated"] },
};

/** Functions of the tests' own. */
export const FUNCTIONS_SQL = `
  create function in_category(category text) returns setof articles language plpgsql stable as $$
    begin return query select * from articles a where a.category = in_category.category order by a.id; end $$;
  create function by_age() returns bigint language plpgsql stable as $$
    begin return (select count(*) from articles); end $$;
  create function turning(n int) returns bigint language sql stable as 'select count(*) + n from articles';
  create function doubled(n numeric default 1) returns numeric language sql immutable as 'select n * 2';
  create function overloaded(a int) returns int language sql stable as 'select a';
  create function overloaded(a int, b int default 2) returns int language sql stable as 'select a + b';
  create function shaped(data json) returns json language sql immutable as 'select data';
  create function tabled(lowest bigint default 0) returns table (number bigint, heading text) language sql stable as
    'select id, title from articles where id > lowest order by id';
  create function raw_body(json) returns json language sql immutable as 'select $1';
  create function echoes(words text[], at date default null, flag boolean default null) returns text language sql immutable as
    'select concat_ws(''/'', array_to_string(words, '',''), at, flag)';
  create function announces() returns int language plpgsql stable as $$
    begin perform set_config('response.headers', '[{"x-own": "1"}]', true); return 1; end $$;
  create function archive.old_titles() returns setof text language sql stable as
    'select title from archive.articles order by id';
`;
