import { classifySignature } from "../../src/gateway/classify/classify.ts";
import { inspectHeaders, signatureFrom } from "../../src/gateway/classify/signature.ts";
import type { FunctionConfig } from "../../src/gateway/config/function-config.ts";
import { canonicalBody } from "../../src/postgrest/query/parse-call.ts";
import type { Read } from "../../src/postgrest/query/read.ts";
import { captureInstallation, describe, PulledChanges } from "../../testing/in-process/feeds.ts";
import { SignedInWay } from "../../testing/in-process/signed-in-way.ts";
import type { Database } from "../../testing/soundness/database.ts";
import { isTouched, type Kept, keptFor, whoIs } from "../../testing/two-users/asking.ts";
import { GROUND_SQL, RELATIONS } from "../../testing/two-users/ground.ts";

/** One way to call a function, and what the owner says of it. */
export interface Called {
  /** Makes it, as `public.f`, and whatever it needs. */
  readonly sql: string;
  /** Default: nothing but its name. */
  readonly said?: FunctionConfig;
  /** Its arguments: a query string, or a body. Default: none, by GET. */
  readonly search?: string;
  readonly body?: string;
  /** The call as SQL. Default: `public.f()`. */
  readonly as?: string;
}

export type Are = "anonymous" | "signed in";

/** Somebody who asks, with what SQL sees of the request. */
interface Asking {
  readonly role: string;
  readonly claims: string;
  readonly agent: string;
}

export const ANN = "00000000-0000-4000-8000-00000000000a";
const BOB = "00000000-0000-4000-8000-00000000000b";

const claimsOf = (sub: string, tenant: string) =>
  JSON.stringify({ app_metadata: { tenant }, exp: 4_000_000_000, role: "authenticated", sub });

/** Two who ask. Those who are anonymous differ in nothing but a header, and a setting that is made of it. */
const ASKING: Readonly<Record<Are, readonly [Asking, Asking]>> = {
  "signed in": [
    { role: "authenticated", claims: claimsOf(ANN, "a"), agent: "ann" },
    { role: "authenticated", claims: claimsOf(BOB, "b"), agent: "bob" },
  ],
  anonymous: [
    { role: "anon", claims: '{"role":"anon"}', agent: "ann" },
    { role: "anon", claims: '{"role":"anon"}', agent: "bob" },
  ],
};

const ANSWER_SQL = `
create function trial.answer(reader text, claims text, agent text, query text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform set_config('request.jwt.claims', claims, true), set_config('request.method', 'GET', true),
    set_config('request.path', '/', true), set_config('request.cookies', '{}', true),
    set_config('request.headers', json_build_object('user-agent', agent)::text, true), set_config('app.agent', agent, true);
  execute format('set local role %I', reader);
  execute query into answer;
  return answer;
exception when others then
  return 'refused: ' || sqlerrm;
end $$;
grant usage on schema public, private, auth to anon, authenticated, staff;
grant select on all tables in schema public to anon, authenticated, staff;
grant execute on all functions in schema public, private to anon, authenticated, staff;`;

/** Functions of one database, which people call through Tidemark: each is made, looked at, and gone. */
export class Stage {
  readonly #database: Database;
  readonly #way: SignedInWay;
  readonly #pulled: PulledChanges;

  private constructor(database: Database, way: SignedInWay) {
    this.#database = database;
    this.#way = way;
    this.#pulled = new PulledChanges(database.functions);
  }

  /** @param setup what all functions need. Tables of it are cached if `tables` names them */
  static async open(
    database: Database,
    setup: string,
    { said = {}, tables = [] }: { readonly said?: FunctionConfig; readonly tables?: readonly string[] } = {},
  ): Promise<Stage> {
    await database.exec(GROUND_SQL);
    await database.exec(setup);
    await database.exec(ANSWER_SQL);
    const way = new SignedInWay({
      tables: Object.fromEntries([...RELATIONS, ...tables].map((name) => [name, true as const])),
      functions: { f: said },
      audiences: { roles: ["authenticated", "staff"] },
    });
    await database.exec(captureInstallation(way.config));
    return new Stage(database, way);
  }

  /** What two callers get, and whether Tidemark would give both what either has fetched. `why`: why nothing is kept. */
  async twoCallers(called: Called, are: Are) {
    await this.#begin(called);
    const [ann, bob] = ASKING[are];
    const [first, second] = [await this.#kept(called, ann), await this.#kept(called, bob)];
    const isShared = "audience" in first && "audience" in second && first.audience === second.audience;
    const answers = { ann: await this.#ask(called, ann), bob: await this.#ask(called, bob) };
    await this.#end();
    return { ...answers, isShared, why: "bypass" in first ? first.bypass : null };
  }

  /** What a caller gets before and after `moved`, and whether what has been kept of it is given up, or never kept. */
  async overTime(called: Called & { readonly moved: string }, are: Are = "anonymous") {
    await this.#begin(called);
    const [ann] = ASKING[are];
    const found = await this.#kept(called, ann);
    const before = await this.#ask(called, ann);
    await this.#database.exec(called.moved);
    const heard = await this.#pulled.hear();
    const after = await this.#ask(called, ann);
    const isFlushed = heard.everything || heard.isNewSchema || heard.isNewHistory;
    const isTold =
      isFlushed || ("footprint" in found && isTouched(found.footprint, heard.changes, this.#way.footprints));
    const caveats = "footprint" in found ? found.footprint.caveats : [];
    await this.#end();
    // What counts by its age is not served beyond `freshness`.
    const isGivenUp = "bypass" in found || isTold || caveats.length > 0;
    return { before, after, isGivenUp, why: "bypass" in found ? found.bypass : null, caveats };
  }

  async #begin({ sql }: Called): Promise<void> {
    await this.#database.exec(`${sql}; grant execute on all functions in schema public, private to anon, authenticated, staff;
      grant select on all tables in schema public to anon, authenticated, staff`);
    await this.#pulled.hear();
    this.#way.learn(await describe(this.#database.functions, this.#way.config));
  }

  /** All functions of the name go, so that the next one is alone. */
  async #end(): Promise<void> {
    await this.#database.exec(`do $$ declare each record; begin
      for each in select oid::regprocedure as called from pg_proc where proname = 'f' and pronamespace = 'public'::regnamespace loop
        execute 'drop function ' || each.called;
      end loop; end $$`);
  }

  async #kept(called: Called, reader: Asking): Promise<Kept> {
    const read = this.#read(called);
    if (typeof read === "string") return { bypass: read };
    const { footprints } = this.#way;
    if (reader.role === "anon") {
      const result = footprints.of(read);
      return "bypass" in result ? result : { audience: "anybody", footprint: result.footprint };
    }
    const needs = footprints.needs(read, reader.role);
    if ("bypass" in needs) return needs;
    return keptFor(footprints, read, await whoIs(this.#database, reader, needs.paths));
  }

  async #ask({ as = "public.f()" }: Called, { role, claims, agent }: Asking): Promise<string> {
    const query = `select coalesce(json_agg(r order by to_json(r)::text), '[]')::text from ${as} r`;
    const given = [role, claims, agent, query].map((text) => `'${text.replaceAll("'", "''")}'`).join(", ");
    const { rows } = await this.#database.query<{ answer: string }>(
      `select trial.answer(${given}) as answer`,
    );
    return rows[0]?.answer ?? "nothing";
  }

  #read({ search = "", body }: Called): Read | string {
    const method = body === undefined ? "GET" : "POST";
    const posted = body === undefined ? null : (canonicalBody(body) ?? null);
    if (method === "POST" && posted === null) return "uncacheable-body";
    const headers = new Headers({
      apikey: "sb_publishable_test",
      authorization: "Bearer a.b.c",
      accept: "application/json",
    });
    const { terms } = inspectHeaders({ method, headers, body: posted }, this.#way.config);
    const signature = signatureFrom({ path: "/rest/v1/rpc/f", search }, terms);
    const classified = classifySignature(signature, this.#way.config, posted);
    return classified.kind === "bypass" ? classified.reason : classified.read.asked;
  }
}

/** A function without arguments, in each language. */
export const plpgsql = (body: string, returns = "boolean") =>
  `create function public.f() returns ${returns} language plpgsql stable as $f$ ${body} $f$`;
export const atomic = (body: string, returns = "boolean") =>
  `create function public.f() returns ${returns} language sql stable begin atomic ${body}; end`;
export const quoted = (body: string, returns = "boolean") =>
  `create function public.f() returns ${returns} language sql stable set search_path = '' as $f$ ${body} $f$`;
