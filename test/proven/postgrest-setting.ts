import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Supabase, startSupabase } from "../../demo/supabase.ts";
import { type Gateway, startGateway } from "../../demo/workerd.ts";
import { prepare } from "../../testing/gateway/prepare.ts";
import {
  ADMIN_SECRET,
  type Answer,
  ask,
  configured,
  keeperKnowsSchema,
  pulling,
  withinBound,
} from "../../testing/gateway/stack.ts";
import {
  type BareOptions,
  type BarePostgrest,
  startBarePostgrest,
} from "../../testing/origins/bare-postgrest.ts";
import type { ORIGINS } from "../../testing/origins/configurations.ts";
import { until } from "../../testing/patience.ts";

const BOUND_MS = 1_000;

export const ROWS = "items?select=id,name&order=id&limit=2";

const TABLES = `
    create role web_anon nologin; create role anonymous nologin;
    create table items (id int primary key, name text, hidden boolean not null default false);
    insert into items select n, 'item ' || n from generate_series(1, 20) n;
    alter table items enable row level security;
    create policy shown on items for select to anon, web_anon, anonymous using (not hidden);
    create policy all_ on items for all to authenticated using (true) with check (true);
    grant usage on schema public to web_anon, anonymous;
    grant select on items to anon, web_anon, anonymous;
    grant all on items to authenticated;
    select tidemark.watch('items');
    -- If the function knows only the role anon, use what it says of that one here.
    do $$ begin
      if to_regprocedure('public.tidemark_schema(text, text)') is null then
        create function public.tidemark_schema(secret text, role text) returns json language sql stable
          as 'select public.tidemark_schema(secret)';
        grant execute on function public.tidemark_schema(text, text) to tidemark_keeper;
      end if;
    end $$;
`;

/** A PostgREST and the gateway in front of it. */
interface Setting {
  readonly origin: BarePostgrest;
  readonly gateway: Gateway;
  /** Asks the gateway; `target` begins with the path that the client uses. */
  read(target: string, headers?: Record<string, string>): Promise<Answer>;
}

interface Settings {
  /** The database behind every PostgREST of the file. */
  readonly supabase: Supabase;
  /** Stopped after the test. */
  start(
    origin: (typeof ORIGINS)[keyof typeof ORIGINS] | undefined,
    options: BareOptions,
    env?: Record<string, string>,
  ): Promise<Setting>;
  /** Expects a miss, then hits, then a change of the rows within the bound: the whole way, capture included. */
  expectCached(setting: Setting, target: string, headers?: Record<string, string>): Promise<void>;
}

/** Until an answer is a hit, and proven. On a busy machine the bound may pass between two reads. */
export async function untilHit(setting: Setting, target: string, headers = {}): Promise<void> {
  await until(`${target} is a hit`, async () =>
    /^tidemark; hit; detail=\w+$/.test((await setting.read(target, headers)).cacheStatus),
  );
}

/** Starts a database for the tests of a file. */
export function postgrestSettings(): Settings {
  let supabase: Supabase;
  const running: Setting[] = [];

  beforeAll(async () => {
    supabase = await startSupabase();
    await prepare(supabase, TABLES);
  });

  afterAll(() => supabase?.stop());

  afterEach(async () => {
    for (const { origin, gateway } of running.splice(0)) {
      await gateway.stop();
      await origin.stop();
    }
  });

  return {
    get supabase() {
      return supabase;
    },
    async start(origin, options, env = {}) {
      const bare = await startBarePostgrest(supabase, options);
      const tables = { items: { freshness: BOUND_MS / 1_000 } };
      const worker = configured({ tables, ...(origin !== undefined && { origin }) });
      const gateway = await startGateway({
        entry: worker.entry,
        env: {
          SUPABASE_URL: bare.url,
          TIDEMARK_ADMIN_SECRET: ADMIN_SECRET,
          ...pulling(),
          ...worker.env,
          ...env,
        },
        onLog: () => {},
      });
      const read = (target: string, headers = {}) => ask(gateway.url + target, { headers });
      const setting = { origin: bare, gateway, read };
      running.push(setting);
      return setting;
    },
    async expectCached(setting, target, headers = {}) {
      await keeperKnowsSchema(setting.gateway.url);
      const first = await setting.read(target, headers);
      expect(first.cacheStatus).toBe("tidemark; fwd=uri-miss; stored");
      await untilHit(setting, target, headers);
      const name = `changed for ${target}`;
      await supabase.db.query("update items set name = $1 where id = 1", [name]);
      const answer = await withinBound(
        BOUND_MS,
        performance.now(),
        () => setting.read(target, headers),
        ({ json }) => json[0].name === name,
      );
      expect(answer.cacheStatus).not.toContain("bypass");
    },
  };
}
