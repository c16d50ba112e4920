import { FOUND_SQL, IS_WHOLE_SQL } from "../../capture/d1/found-sql.ts";
import { FORMAT, KEEP_MS, NOW_SQL, OURS, OUTBOX, STATE, WATCHED } from "../../capture/d1/names.ts";
import type { AnswerRow } from "../../capture/d1/schema/schema.ts";
import { STORAGE_SQL } from "../../capture/d1/storage-sql.ts";
import { hash32 } from "../../runtime/hash.ts";
import type { FollowedTable, RowMap } from "../row-map.ts";
import type { RowPageRequest, RowSource } from "../row-source.ts";
import { d1Page, type OutboxRow, ROWS_A_PAGE } from "./d1-page.ts";
import { viewReads } from "./d1-views.ts";

/** The part of Workers' `D1Database` that a source uses. Pass the binding itself: its queries go to the primary. */
export interface D1DatabaseLike {
  prepare(sql: string): D1StatementLike;
  batch(statements: D1StatementLike[]): Promise<{ readonly results: unknown[] }[]>;
}

interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike;
}

/** The database answers, and not as an installation of capture does. */
export class D1ChangesError extends Error {
  override readonly name = "D1ChangesError";
  readonly code: "not-installed" | "other-version";

  constructor(code: D1ChangesError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Deleted in one statement. */
const PRUNED_AT_ONCE = 5_000;
const PRUNES_AT_ONCE = 20;

/**
 * Changes that capture has written down in a D1 database (`tidemark sql --d1`). For `libraryKeeper`.
 *
 * @param database the binding, not a session: a session may read from a replica
 */
export function d1Changes(database: D1DatabaseLike): RowSource {
  const run = async (...statements: readonly (readonly [sql: string, ...values: unknown[]])[]) => {
    const bound = statements.map(([sql, ...values]) => database.prepare(sql).bind(...values));
    return (await database.batch(bound)).map(({ results }) => results as readonly AnswerRow[]);
  };
  return {
    async followed() {
      const [own = []] = await run([OWN_SQL]);
      if (own.filter(({ type }) => type === "table").length < 3) return "refused";
      // An index or a trigger of the outbox could fail a writer, or hide a row.
      const outbox = own.filter(({ tbl_name }) => tbl_name === OUTBOX);
      if (outbox.length > 1 || outbox[0]?.sql !== OUTBOX_AS_MADE) return "unreadable";
      const [[state] = [], watched = [], objects = []] = await run([SEEN_SQL], [WATCHED_SQL], [OBJECTS_SQL]);
      if (state?.format !== FORMAT) return "unreadable";
      const incarnation = String(state.incarnation);
      const version = versionOf(String(state.found), incarnation);
      // So that a pull need not bring the text, but only that it is this one.
      if (state.same !== 1 || state.version !== version) await run([SAW_SQL, state.found, version]);
      return { version, map: { database: incarnation, ...mapOf(watched, objects) } };
    },
    async changes(request) {
      const { since, after, upto } = cursorsOf(request);
      const [[state] = [], rows = []] = await run(
        [STATE_SQL, since?.id ?? null, upto?.id ?? null],
        // Who knows nothing needs no rows: everything is flushed.
        [PAGE_SQL, after ?? since?.id ?? Number.MAX_SAFE_INTEGER, upto?.id ?? Number.MAX_SAFE_INTEGER],
      );
      if (state === undefined)
        throw new D1ChangesError("not-installed", "the database has no installation of capture");
      if (state.format !== FORMAT)
        throw new D1ChangesError("other-version", "another version of Tidemark has installed capture");
      const isKnown = (cursor: OutboxCursor | undefined, nonce: unknown) =>
        cursor === undefined || cursor.nonce === nonce;
      return d1Page({
        incarnation: String(state.incarnation),
        schemaVersion:
          state.found === null
            ? Number(state.version)
            : versionOf(String(state.found), String(state.incarnation)),
        snapshot: request.upto ?? `${state.last ?? 0}:${state.last_nonce ?? ""}`,
        flush: since === undefined || !isKnown(since, state.since_nonce) || !isKnown(upto, state.upto_nonce),
        rows: rows as unknown as readonly OutboxRow[],
        now: Number(state.now),
        prunedAt: state.pruned_at === null ? null : Number(state.pruned_at),
      });
    },
    async prune() {
      for (let times = 0; times < PRUNES_AT_ONCE; times++) {
        const [deleted = []] = await run([PRUNE_SQL], [FIRST_ROW_SQL]);
        if (deleted.length < PRUNED_AT_ONCE) break;
        if (times === PRUNES_AT_ONCE - 1) return;
      }
      await run([`UPDATE ${STATE} SET pruned_at = ${NOW_SQL} WHERE id = 1`]);
    },
  };
}

/** A row of the outbox that is known, with all before it. */
interface OutboxCursor {
  readonly id: number;
  readonly nonce: string;
}

function cursorsOf({ since, upto, after }: RowPageRequest) {
  return { since: cursorOf(since), upto: cursorOf(upto), after: after === null ? undefined : Number(after) };
}

function cursorOf(text: string | null): OutboxCursor | undefined {
  if (text === null) return undefined;
  const [id, nonce = ""] = text.split(":");
  return { id: Number(id), nonce };
}

/** 52 bits, so that it is a number in JSON, and the same for the same schema of the same installation. */
function versionOf(found: string, incarnation: string): number {
  const seen = `${incarnation} ${found}`;
  return hash32(seen) * 2 ** 20 + (hash32(seen, 1) >>> 12);
}

function mapOf(watched: readonly AnswerRow[], objects: readonly AnswerRow[]): RowMap {
  const full = (name: unknown) => `main.${name}`;
  const names = (list: unknown) => JSON.parse(String(list)) as string[];
  const whole = watched.filter((row) => row.whole === 1);
  const tables = objects.filter(({ type }) => type === "table").map(({ name }) => String(name));
  const views = objects
    .filter(({ type }) => type === "view")
    .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }));
  const followed = whole.map(({ tbl, columns, followed }): [string, FollowedTable] => [
    full(tbl),
    { columns: names(columns), followed: names(followed) },
  ]);
  return {
    tables: Object.fromEntries(followed),
    unwatched: tables.filter((name) => !whole.some(({ tbl }) => tbl === name)).map(full),
    views: Object.fromEntries(
      [...viewReads(tables, views)].map(([view, reads]) => [full(view), reads.map(full)]),
    ),
    schemas: ["main"],
  };
}

const OWN_SQL = `SELECT type, tbl_name, sql FROM sqlite_schema WHERE tbl_name IN ('${OUTBOX}', '${STATE}', '${WATCHED}')`;

/** SQLite keeps the text of a statement, without this. */
const OUTBOX_AS_MADE = (STORAGE_SQL[0] ?? "").replace("IF NOT EXISTS ", "");

const SEEN_SQL = `WITH f(found) AS MATERIALIZED (SELECT ${FOUND_SQL})
  SELECT s.format, s.incarnation, s.version, f.found, f.found IS s.seen AS same FROM ${STATE} s, f WHERE s.id = 1`;

const SAW_SQL = `UPDATE ${STATE} SET seen = ?1, version = ?2 WHERE id = 1`;

const WATCHED_SQL = `SELECT w.tbl, w.columns, w.followed, ${IS_WHOLE_SQL} AS whole FROM ${WATCHED} w`;

const OBJECTS_SQL = `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view')
  AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' AND name NOT GLOB '${OURS}*' ORDER BY name`;

const LAST = `FROM ${OUTBOX} ORDER BY id DESC LIMIT 1`;

const STATE_SQL = `WITH f(found) AS MATERIALIZED (SELECT ${FOUND_SQL})
  SELECT s.format, s.incarnation, s.pruned_at, s.version, ${NOW_SQL} AS now, iif(f.found IS s.seen, NULL, f.found) AS found,
    (SELECT id ${LAST}) AS last, (SELECT hex(nonce) ${LAST}) AS last_nonce,
    (SELECT hex(nonce) FROM ${OUTBOX} WHERE id = ?1) AS since_nonce,
    (SELECT hex(nonce) FROM ${OUTBOX} WHERE id = ?2) AS upto_nonce
  FROM ${STATE} s, f WHERE s.id = 1`;

const PAGE_SQL = `SELECT id, at, op, tbl, old, new FROM ${OUTBOX} WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ${ROWS_A_PAGE + 1}`;

/** The first row that is young enough to stay. A clock that was ahead once keeps nothing for longer. */
const YOUNG = `SELECT id FROM ${OUTBOX} WHERE at BETWEEN ${NOW_SQL} - ${KEEP_MS} AND ${NOW_SQL} + ${KEEP_MS} ORDER BY id LIMIT 1`;

/** The last row before that stays, too: for as long as nothing changes, it is the cursor of every keeper. */
const PRUNE_SQL = `DELETE FROM ${OUTBOX} WHERE id IN (SELECT id FROM ${OUTBOX}
  WHERE id < (SELECT max(id) FROM ${OUTBOX} WHERE id < coalesce((${YOUNG}), 9223372036854775807))
  ORDER BY id LIMIT ${PRUNED_AT_ONCE}) RETURNING id`;

/** Somebody has emptied the outbox. Without a row there is no cursor, and every pull would flush. */
const FIRST_ROW_SQL = `INSERT INTO ${OUTBOX} (op) SELECT 'FLUSH' WHERE NOT EXISTS (SELECT 1 FROM ${OUTBOX})`;
