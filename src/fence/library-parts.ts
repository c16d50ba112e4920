import type { KeeperParts } from "../keeper/ports/parts.ts";
import { logEvent } from "../keeper/protocol/operator-event.ts";
import type { RowMap } from "../rows/row-map.ts";
import { FollowError, type RowSource } from "../rows/row-source.ts";
import { CONFIG_HASH } from "./cache-fence.ts";

/** The keeper of a library registers and fills nothing: the library loads values itself. */
export const LIBRARY_PARTS: Omit<KeeperParts, "database"> = {
  settings: {
    configHash: CONFIG_HASH,
    tables: new Map(),
    declared: { dependsOn: new Map(), tables: new Set() },
    audiences: { roles: [], recheckMs: 0, claims: new Map() },
    limits: {
      maxKeys: 0,
      registryBytes: 0,
      newKeysPerClientPerMinute: 0,
      kvWritesPerDay: 0,
      refillsPerMinute: 0,
      keeperMemoryBytes: 0,
    },
    // Otherwise bounds of a second would write more rows a day than the free plan allows.
    ownerTrustMs: 2_000,
    auditEveryMs: 0,
    schemaReloadMs: 0,
    flightDeadlineMs: 0,
  },
  origin: {
    fetch: async () => ({ kind: "failed", reason: "unreachable" }),
    whoami: async () => "failed",
  },
  store: { put: async () => {} },
  digest: async () => "",
  isTold: true,
};

/** Nobody tells of rows: what reads them is not stored, and everything else is as without a source. */
const NOTHING_FOLLOWED: RowMap = { tables: {}, unwatched: [], views: {}, schemas: [] };

/** A source of rows, as a keeper asks a database. */
export function rowDatabase(source: RowSource): NonNullable<KeeperParts["database"]> {
  return {
    question: { tables: [], reader: null, roles: [] },
    async schema() {
      const told = await source.followed().catch(misconfigured);
      if (told === "refused" || told === "unreadable") logEvent({ event: `source-${told}` });
      const isTold = typeof told !== "string";
      const map = isTold ? told.map : NOTHING_FOLLOWED;
      return {
        ...{
          version: isTold ? told.version : null,
          rows: map,
          watched: isTold ? Object.keys(map.tables) : null,
        },
        ...{
          schema: "{}",
          noticesDdl: true,
          anonObeysPolicies: false,
          bounds: false,
          settings: "",
          roles: {},
        },
      };
    },
    changes: (request) => source.changes(request),
    prune: () => source.prune(),
  };
}

/** It is said each time that the keeper asks: about once a minute. */
function misconfigured(error: unknown): "misconfigured" {
  if (!(error instanceof FollowError)) throw error;
  const { code, message } = error;
  logEvent({ event: "source-misconfigured", code, message });
  return "misconfigured";
}
