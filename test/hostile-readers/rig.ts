import { audienceText } from "../../src/postgrest/claims/audience-text.ts";
import { type ClaimPath, pathText, type ReaderClaims } from "../../src/postgrest/claims/claims.ts";
import { captureInstallation, describe, PulledChanges, REMOVE_SQL } from "../../testing/in-process/feeds.ts";
import { SignedInWay } from "../../testing/in-process/signed-in-way.ts";
import type { Database } from "../../testing/soundness/database.ts";
import { ANSWERS_SQL, GROUND_SQL, RELATIONS } from "../../testing/two-users/ground.ts";

export const A = "00000000-0000-4000-8000-00000000000a";
export const B = "00000000-0000-4000-8000-00000000000b";

const CLEAR = `${REMOVE_SQL}
drop schema if exists public, auth, private, trial, extra cascade; create schema public;
do $$ declare name text; begin
  foreach name in array array['anon','authenticated','service_role','staff','authenticator_'] loop
    if to_regrole(name) is null then execute format('create role %I nologin', name); end if; end loop;
end $$;`;

const tokenOf = (sub: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    app_metadata: { tenant: `t-${sub.at(-1)}` },
    email: `${sub.at(-1)}@x`,
    role: "authenticated",
    sub,
    ...more,
  });

export interface Outcome {
  share: boolean;
  a: string | null;
  b: string | null;
  why: unknown;
}

/** What A and B get, and whether Tidemark gives them one entry. */
export async function pair(
  db: Database,
  setup: string,
  relation: string,
  search: string,
  sql: string,
  opts: {
    tables?: string[];
    after?: string;
    claims?: Record<string, string[]>;
    headers?: string[];
    dependsOn?: Record<string, string[]>;
    as?: string;
  } = {},
): Promise<Outcome> {
  await db.exec(CLEAR);
  await db.exec(GROUND_SQL.replace(/create role.*\n/g, ""));
  await db.exec(ANSWERS_SQL);
  await db.exec(setup);
  await db.exec(
    "grant usage on schema public to authenticated, staff; grant select on all tables in schema public to authenticated, staff; grant execute on all functions in schema public, private to authenticated",
  );
  const names = [...RELATIONS, ...(opts.tables ?? [])];
  const way = new SignedInWay({
    tables: Object.fromEntries(
      names.map((n) => [n, opts.dependsOn?.[n] ? { dependsOn: opts.dependsOn[n] } : true]),
    ) as never,
    audiences: { roles: ["authenticated", "staff"], ...(opts.claims && { claims: opts.claims }) } as never,
  });
  await db.exec(captureInstallation(way.config));
  if (opts.after) await db.exec(opts.after);
  const pulled = new PulledChanges(db.functions);
  await pulled.hear();
  way.learn(await describe(db.functions, way.config));
  const read = way.read(relation, search);
  const needs = way.footprints.needs(read, "authenticated");
  const answer = async (claims: string, q: string) => {
    const { rows } = await db.query<{ a: string }>(
      `select to_json(trial.answers('authenticated', '${claims.replaceAll("'", "''")}', array['${q.replaceAll("'", "''")}']))::text as a`,
    );
    return (JSON.parse(rows[0]?.a ?? "[]") as (string | null)[])[0] ?? null;
  };
  if (opts.as) await db.exec(`set session authorization ${opts.as}`);
  const full = `select coalesce(json_agg(t), '[]')::text from (${sql}) t`;
  const [ta, tb] = [tokenOf(A), tokenOf(B)];
  const a = await answer(ta, full),
    b = await answer(tb, full);
  if (opts.as) await db.exec(`reset session authorization`);
  if ("bypass" in needs) return { share: false, a, b, why: needs };
  const of = way.footprints.of(read, {
    role: "authenticated",
    claims: new Map(needs.paths.map((p) => [pathText(p), null])),
  });
  if ("bypass" in of) return { share: false, a, b, why: of };
  const key = async (t: string): Promise<string> => {
    const text = await answer(
      t,
      `select public.tidemark_whoami('${JSON.stringify(needs.paths)}'::json)::text`,
    );
    const said = JSON.parse(text ?? "null") as { role: string; claims: (string | null)[] };
    const reader: ReaderClaims = {
      role: said.role,
      claims: new Map((needs.paths as ClaimPath[]).map((p, n) => [pathText(p), said.claims[n] ?? null])),
    };
    return audienceText(reader.role, needs.paths, reader.claims);
  };
  return {
    share: (await key(ta)) === (await key(tb)),
    a,
    b,
    why: { paths: needs.paths, caveats: of.footprint.caveats },
  };
}

import type { Footprints } from "../../src/keeper/keys/footprints.ts";
import { verdictOn } from "../../src/postgrest/verdict/verdict.ts";

/** What A gets before and after a change, and whether the change counts for A's entry. */
export async function change(
  db: Database,
  setup: string,
  relation: string,
  search: string,
  sql: string,
  moved: string,
  tables: string[] = [],
  anonymous = false,
) {
  await db.exec(CLEAR);
  await db.exec(GROUND_SQL.replace(/create role.*\n/g, ""));
  await db.exec(ANSWERS_SQL);
  await db.exec(setup);
  await db.exec(
    "grant usage on schema public to anon, authenticated, staff; grant select on all tables in schema public to anon, authenticated, staff; grant execute on all functions in schema public, private to authenticated",
  );
  const way = new SignedInWay({
    tables: Object.fromEntries([...RELATIONS, ...tables].map((n) => [n, true])) as never,
    audiences: { roles: ["authenticated"] },
  });
  await db.exec(captureInstallation(way.config));
  const pulled = new PulledChanges(db.functions);
  await pulled.hear();
  const described = await describe(db.functions, way.config);
  way.learn(described);
  const footprints: Footprints = way.footprints;
  const read = way.read(relation, search);
  const claims = anonymous ? "" : tokenOf(A);
  const role = anonymous ? "anon" : "authenticated";
  const ask = async (q: string) => {
    const { rows } = await db.query<{ a: string }>(
      `select to_json(trial.answers('${role}', '${claims}', array['${q.replaceAll("'", "''")}']))::text as a`,
    );
    return (JSON.parse(rows[0]?.a ?? "[]") as (string | null)[])[0] ?? null;
  };
  const full = `select coalesce(json_agg(t), '[]')::text from (${sql}) t`;
  let reader: ReaderClaims | null = null;
  if (!anonymous) {
    const needs = footprints.needs(read, "authenticated");
    if ("bypass" in needs) return { needs, affected: true, before: "", after: "" };
    const text = await ask(`select public.tidemark_whoami('${JSON.stringify(needs.paths)}'::json)::text`);
    const said = JSON.parse(text ?? "null") as { role: string; claims: (string | null)[] };
    reader = {
      role: said.role,
      claims: new Map((needs.paths as ClaimPath[]).map((p, n) => [pathText(p), said.claims[n] ?? null])),
    };
  }
  const of = footprints.of(read, reader);
  if ("bypass" in of) return { needs: of, affected: true, before: "", after: "" };
  const before = await ask(full);
  await db.exec(moved);
  const heard = await pulled.hear();
  const after = await ask(full);
  const affected =
    heard.everything ||
    heard.isNewSchema ||
    heard.changes.some((c) => footprints.concerns(c) && verdictOn(of.footprint, c).affected);
  return { affected, before, after, caveats: of.footprint.caveats };
}
