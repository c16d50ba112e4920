import { DatabaseSync } from "node:sqlite";
import { MAX_BYTES_PER_PAGE } from "../../../src/capture/sql/constants.ts";
import { ChangeLog } from "../../../src/keeper/changes/change-log.ts";
import { Ingest } from "../../../src/keeper/changes/ingest.ts";
import { Learning } from "../../../src/keeper/changes/learning.ts";
import { CHANGES_AT_ONCE } from "../../../src/keeper/changes/pull-feed.ts";
import { parsePage } from "../../../src/keeper/changes/pull-page.ts";
import { RowIngest } from "../../../src/keeper/changes/row-ingest.ts";
import { Registry } from "../../../src/keeper/keys/registry.ts";
import type { Sql } from "../../../src/keeper/ports/ports.ts";
import { Marks } from "../../../src/keeper/storage/marks.ts";
import { Meta } from "../../../src/keeper/storage/meta.ts";
import { migrate } from "../../../src/keeper/storage/migrations.ts";
import type { Footprint } from "../../../src/postgrest/footprint/footprint.ts";
import { footprintOf } from "../../../src/postgrest/footprint/footprint-of.ts";
import { parseQuery } from "../../../src/postgrest/query/parse.ts";
import { windowOf } from "../../../src/postgrest/verdict/window.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { nodeSql } from "../../../testing/node-sql.ts";
import type { Ask, Scenario } from "./scenario.ts";
import { declared, schema } from "./schema.ts";

export interface Measured {
  readonly pageMs: number;
  readonly ingestMs: number;
  /** The steps that the keeper counted, and whether they used up its budget. */
  readonly steps: number;
  readonly isCoarse: boolean;
  readonly affected: number;
}

class CountedRegistry extends Registry {
  steps = 0;

  override affected(...given: Parameters<Registry["affected"]>): ReturnType<Registry["affected"]> {
    const affected = super.affected(...given);
    this.steps = affected.steps;
    return affected;
  }
}

/** The largest part of a page that is ingested in one turn, and the largest page, which is read in one. */
const MAX_CHANGES = CHANGES_AT_ONCE;
const MAX_PAGE = MAX_BYTES_PER_PAGE;

/** This thread's processor time in milliseconds, independent of other work on the machine. */
export function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The default of `limits.registryBytes`. */
const REGISTRY_BYTES = 24 * 1024 * 1024;

/**
 * Registers the queries repeatedly, and ingests one page of changes; undefined if nothing could be registered. Keys are
 * registered only in memory, because writing them would take most of a search.
 */
export function measure(scenario: Scenario, keys: number): Measured | undefined {
  const footprints = scenario.queries.flatMap((ask) => footprintFor(ask) ?? []);
  if (footprints.length === 0) return undefined;
  const sql = nodeSql(new DatabaseSync(":memory:"));
  migrate(sql);
  const unwritten: Sql = {
    ...sql,
    exec: (query, ...bindings) => (query.startsWith("INSERT INTO keys") ? [] : sql.exec(query, ...bindings)),
  };
  const meta = new Meta(sql);
  const marks = new Marks(sql, meta);
  const registry = new CountedRegistry({
    sql: unwritten,
    ...{ meta, marks, signedIn: false },
    limits: { maxKeys: keys, registryBytes: REGISTRY_BYTES },
    apiReload: { isPending: false },
  });
  const windows = new Map<Footprint, ReturnType<typeof windowOf>>();
  for (let number = 0; number < keys; number += 1) {
    const footprint = footprints[number % footprints.length] as Footprint;
    const key = `key ${number}`;
    const read = {
      ...{ key, path: key, relation: footprint.relations[0] ?? "", headers: {}, audience: "publishable" },
      asked: { schema: "public", relation: "", search: "" },
    };
    const record = registry.register(read as never, footprint, 0, () => true);
    // Large queries fill it sooner.
    if (typeof record === "string") break;
    if (scenario.body === undefined) continue;
    if (!windows.has(footprint)) windows.set(footprint, windowOf(footprint, scenario.body));
    const window = windows.get(footprint);
    if (window !== undefined) registry.setWindow(record, window);
  }
  const page = pageOf(scenario);
  globalThis.gc?.();
  const began = processorMs();
  const { changes } = parsePage(page);
  const parsed = processorMs();
  let isCoarse = false;
  const ingest = new Ingest({
    ...{ sql, marks, registry },
    learning: new Learning(systemClock),
    changeLog: new ChangeLog({ clock: systemClock, keyColumns: () => null }),
    forgetReaders: () => {},
    rows: new RowIngest({ marks, clock: systemClock, map: () => undefined }),
    footprints: () => ({ concerns: () => true }),
    statistics: {
      add: (name: string) => {
        isCoarse ||= name === "coarseIngests";
      },
      addFor: () => {},
    } as never,
    fills: { mayCount: () => true, invalidated: () => {} } as never,
    audit: () => ({ heard: () => {} }) as never,
  });
  const affected = ingest.changes(changes, () => {});
  const ended = processorMs();
  return {
    pageMs: parsed - began,
    ingestMs: ended - parsed,
    steps: registry.steps,
    isCoarse,
    affected,
  };
}

function footprintFor({ relation, search, isBare }: Ask): Footprint | undefined {
  try {
    const read = { schema: "public", relation, search };
    const result = footprintOf(read, parseQuery(relation, search), declared, isBare ? undefined : schema);
    return "footprint" in result ? result.footprint : undefined;
  } catch {
    // Truncated, or invalid for another reason.
    return undefined;
  }
}

/** As `tidemark_changes()` prints it. */
function pageOf({ rows, relation }: Scenario): string {
  const events: string[] = [];
  let bytes = 0;
  for (const { old, record } of rows) {
    const images = `"record": ${print(record)}, "old_record": ${old === undefined ? "null" : print(old)}`;
    const event = `{"type": "UPDATE", "table": "${relation}", "schema": "public", ${images}, "writtenAt": 1}`;
    bytes += event.length;
    if (events.length >= MAX_CHANGES || (events.length > 0 && bytes > MAX_PAGE)) break;
    events.push(event);
  }
  const cursor = `"incarnation": "i", "started": "s", "schemaVersion": 1, "snapshot": "1:1:", "flush": false`;
  return `{${cursor}, "now": 2, "last": 1, "more": false, "changes": [${events.join(", ")}]}`;
}

function print(image: Readonly<Record<string, string>>): string {
  return `{${Object.entries(image)
    .map(([name, source]) => `"${name}":${source}`)
    .join(",")}}`;
}
