import type { ReaderClaims } from "../../postgrest/claims/claims.ts";
import { footprintOf } from "../../postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../postgrest/query/parse.ts";
import type { Read } from "../../postgrest/query/read.ts";
import { parseSchema } from "../../postgrest/schema/parse-schema.ts";
import { settle } from "../../runtime/virtual-clock.ts";
import { PullFeed } from "../changes/pull-feed.ts";
import type { Keeper } from "../keeper.ts";
import type { FootprintSource, Sql, WhoAmI } from "../ports/ports.ts";
import type { AudienceAnswer, Bearer } from "../protocol/audience.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import type { FillAnswer, FillRequest } from "../protocol/fill.ts";
import { Meta } from "../storage/meta.ts";
import { migrate } from "../storage/migrations.ts";
import { ARTICLES, CONFIG, FOOTPRINTS, relationsOf } from "./fixtures.ts";
import { column, relation } from "./precise.ts";
import { PAGE } from "./pull-rig.ts";
import { fill, type Rig } from "./rig.ts";

/** A site whose readers sign in: articles are for all of them, bookmarks are their own. */

export const BOOKMARKS = "public.bookmarks";
/** What of the reader they depend on is not understood. */
const SECRETS = "public.secrets";
/** They depend on the reader's tenant. */
export const DOCS = "public.docs";

export const RECHECK_MS = 300_000;
const HOUR_S = 3_600;

const PATHS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  [ARTICLES]: [],
  [BOOKMARKS]: [["sub"]],
  [DOCS]: [["app_metadata", "tenant"]],
};

const columns = { id: column("int8", true), user_id: column("text"), note: column("text") };
const SCHEMA = parseSchema(JSON.stringify({ [BOOKMARKS]: { ...relation, columns } }));

/** Of bookmarks, those of the reader; of all else, everything. */
function footprint(asked: Read, reader: ReaderClaims | null) {
  const sub = reader?.claims.get('["sub"]');
  if (asked.search !== BOOKMARKS || typeof sub !== "string") return FOOTPRINTS.of(asked);
  const search = `user_id=eq.${JSON.parse(sub)}`;
  const read = { schema: "public", relation: "bookmarks", search };
  const declared = { dependsOn: new Map(), tables: new Set([BOOKMARKS]) };
  return footprintOf(read, parseQuery("bookmarks", search), declared, SCHEMA);
}

export function footprints(version = "signed-in"): FootprintSource {
  return {
    version,
    of: footprint,
    needs(asked) {
      const relations = relationsOf(asked);
      if (relations.includes(SECRETS)) return { bypass: "audience-unknown" };
      return { paths: relations.flatMap((relation) => PATHS[relation] ?? []), relations };
    },
    called: () => null,
    concerns: () => true,
    keyColumns: () => null,
  };
}

/** A read of those who sign in, before it is known whose. */
export function readBy(key: string, ...relations: string[]): CacheableRead {
  const [relation = ARTICLES] = relations;
  const path = `/rest/v1/${relation.slice(relation.indexOf(".") + 1)}?select=${key}`;
  return {
    key: `${path} signed-in accept:application/json`,
    path,
    headers: { accept: "application/json" },
    audience: "signed-in",
    relation,
    asked: { schema: "public", relation, search: (relations.length === 0 ? [relation] : relations).join() },
  };
}

/** A person's token; a refreshed one has another number. */
export function bearerOf(person: string, number = 1): Bearer {
  return { digest: `digest-${person}-${number}`, token: `eyJ.secret-${person}-${number}.sig` };
}

/** The database: who its readers are, and what a pull brings. */
export class Site {
  readonly #rig: Rig;
  /** What a person's token says; by default an hour of life and the role `authenticated`. */
  readonly people = new Map<
    string,
    Partial<WhoAmI> & { readonly sub?: string | null; readonly tenant?: string }
  >();
  /** How the database answers when it is asked who shows a token. */
  answersWho: "well" | "refused" | "failed" = "well";
  /** When set, a question waits for it. */
  gate: Promise<void> = Promise.resolve();
  schemaVersion = 3;
  history = "1";
  changes: object[] = [];
  pulls = 0;
  isDown = false;
  /** When set, a pull waits for it. */
  slowly: Promise<void> = Promise.resolve();
  keeper!: Keeper;

  constructor(rig: Rig) {
    this.#rig = rig;
    rig.audiences = { roles: ["authenticated"], recheckMs: RECHECK_MS, claims: new Map() };
    rig.tables.push(BOOKMARKS, DOCS);
    rig.footprints = footprints();
    rig.feed = (host) => new PullFeed(this.#source(rig.sql), host);
    rig.origin.who = (token, paths) =>
      this.#who(
        token,
        paths.map((path) => path.join(".")),
      );
  }

  /** A keeper that has pulled once. */
  async start(...given: Parameters<Rig["start"]>): Promise<Keeper> {
    this.keeper = this.#rig.start(...given);
    await this.pull();
    return this.keeper;
  }

  /** Lets a pull begin now, and end. */
  async pull(): Promise<void> {
    await this.#rig.clock.advance(1);
    await this.keeper.nudge();
    await settle();
    await this.#rig.clock.advance(1);
  }

  /** The bearer's key for a read. @throws Error when there is none */
  async keyed(read: CacheableRead, bearer: Bearer, client = "somebody"): Promise<CacheableRead> {
    const answer = await this.ask(read, bearer, client);
    if (answer.kind !== "known") throw new Error(`no audience: ${JSON.stringify(answer)}`);
    return { ...read, key: `${read.key} ${answer.audience}` };
  }

  /** As an isolate asks that introduces the bearer. */
  ask({ asked }: CacheableRead, bearer: Bearer, client = "somebody"): Promise<AudienceAnswer> {
    return this.keeper.audience({ configHash: CONFIG, read: asked, bearer, client, introduced: true });
  }

  /** As an isolate asks whose reader waits. */
  lookUp({ asked }: CacheableRead, bearer: Bearer, client = "somebody"): Promise<AudienceAnswer> {
    return this.keeper.audience({ configHash: CONFIG, read: asked, bearer, client, introduced: false });
  }

  /** Asks for the bearer's key of a read, as an isolate that has learned it. */
  async read(read: CacheableRead, bearer: Bearer, request: Partial<FillRequest> = {}): Promise<FillAnswer> {
    return fill(this.keeper, await this.keyed(read, bearer, request.client), { bearer, ...request });
  }

  /** The same, and the origin answers at once whatever it is asked for. */
  async filled(read: CacheableRead, bearer: Bearer, text: string, request: Partial<FillRequest> = {}) {
    const answer = this.read(read, bearer, request);
    await settle();
    await this.#rig.origin.answer(text);
    return answer;
  }

  /** Lets so many people agree that answers of these relations are shared from now on. */
  async trust(read: CacheableRead): Promise<void> {
    for (const person of ["w1", "w2", "w3", "w4"]) await this.filled(read, bearerOf(person), "the same");
    await this.pull();
  }

  async #who(token: string, paths: readonly string[]): Promise<WhoAmI | "refused" | "failed"> {
    await this.gate;
    if (this.answersWho !== "well") return this.answersWho;
    const person = /secret-(\w+)-/.exec(token)?.[1] ?? "";
    const said = this.people.get(person) ?? {};
    const { sub = person, tenant } = said;
    const told: Record<string, string | null> = {
      sub: sub === null ? null : JSON.stringify(sub),
      "app_metadata.tenant": tenant ?? null,
    };
    const exp = Math.floor(this.#rig.clock.now() / 1_000) + HOUR_S;
    return { role: "authenticated", exp, ...said, claims: paths.map((path) => told[path] ?? null) };
  }

  #source(sql: Sql) {
    migrate(sql);
    const schema = {
      version: this.schemaVersion,
      refresh: async () => {
        schema.version = this.schemaVersion;
        this.keeper.adopt(this.#rig.footprints);
        return true;
      },
    };
    const changes = async () => {
      this.pulls++;
      await this.slowly;
      if (this.isDown) throw new Error("the database is down");
      const { schemaVersion, history } = this;
      const page = { ...PAGE, schemaVersion, started: history, changes: this.changes, last: 1 };
      this.changes = [];
      return JSON.stringify({ ...page, snapshot: `${10 + this.pulls}:${10 + this.pulls}:` });
    };
    return { source: { changes, prune: async () => {} }, meta: new Meta(sql), schema, tell: () => {} };
  }
}
