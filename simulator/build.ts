import type { AudienceFinder } from "../src/gateway/bearers/audience-finder.ts";
import type { KeeperDoor } from "../src/gateway/mirrors/keeper-door.ts";
import type { ReadHandler } from "../src/gateway/read/read-handler.ts";
import type { ColoCache } from "../src/gateway/reader/colo/colo-cache.ts";
import type { HeldAnswer } from "../src/gateway/reader/held-answer.ts";
import type { Reader } from "../src/gateway/reader/reader.ts";
import type {
  BodyStore,
  ChangeSource,
  KeyedDigest,
  Origin,
  SchemaSource,
} from "../src/keeper/ports/ports.ts";
import type { KeeperSettings } from "../src/keeper/ports/settings.ts";
import type { KeeperCalls } from "../src/keeper/protocol/calls.ts";
import type { StoredResponse } from "../src/keeper/protocol/entry.ts";
import type { Position } from "../src/keeper/protocol/position.ts";
import type { Mirror } from "../src/mirror/mirror.ts";
import type { Change } from "../src/postgrest/row/change.ts";
import type { keyedDigest } from "../src/runtime/keyed-digest.ts";
import type { tidemarkChanges } from "./database/changes.ts";
import type { tidemarkPrune } from "./database/prune.ts";
import { type Edit, loadVariant } from "./platform/modules.ts";
import type { Storage } from "./platform/storage.ts";

/** The real classes, or broken variants of them. Workers' types are declared only as far as they are used here. */
export interface Build {
  readonly keeperClass: (partsOf: () => KeeperParts) => new (ctx: ObjectState, env: null) => KeeperObject;
  readonly Reader: typeof Reader;
  readonly ColoCache: typeof ColoCache;
  readonly KeeperDoor: typeof KeeperDoor;
  readonly Mirror: typeof Mirror;
  readonly AudienceFinder: typeof AudienceFinder;
  readonly ReadHandler: typeof ReadHandler;
  readonly keyedDigest: typeof keyedDigest;
  readonly hold: (key: string, entry: StoredResponse, provenAt: number) => HeldAnswer;
  readonly getEntry: (kv: KvBinding, generation: string, key: string) => Promise<StoredResponse | null>;
  readonly putEntry: (
    kv: KvBinding,
    key: string,
    entry: StoredResponse,
    expirationTtl: number,
  ) => Promise<void>;
  readonly changeFromWebhook: (payload: string) => Change;
  readonly toWire: (change: Change) => Change;
  readonly tidemarkChanges: typeof tidemarkChanges;
  readonly tidemarkPrune: typeof tidemarkPrune;
}

export type KeeperObject = KeeperCalls & { alarm(): Promise<void> };

export interface KeeperParts {
  readonly settings: KeeperSettings;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly digest: KeyedDigest;
  readonly database: SchemaSource & ChangeSource;
  readonly nudgeMirror?: ((mirror: string, position: Position) => Promise<void>) | undefined;
}

/** The part of `DurableObjectState` that is used. */
interface ObjectState {
  readonly storage: Pick<Storage, "sql" | "transactionSync"> & { setAlarm(time: number): void };
  blockConcurrencyWhile(work: () => Promise<void>): void;
  abort(reason: string): void;
}

/** The part of `KVNamespace` that is used. */
export interface KvBinding {
  getWithMetadata(
    key: string,
    type: "arrayBuffer",
  ): Promise<{ readonly value: ArrayBuffer | null; readonly metadata: unknown }>;
  put(key: string, value: ArrayBuffer, options: { readonly metadata?: unknown }): Promise<void>;
}

/**
 * A fence of four buckets, relations raised by name once two keys are touched, pages ingested change by change, and answers
 * shared once two people's have agreed, so that neighbours meet often.
 */
export const SMALL: readonly Edit[] = [
  { file: "src/keeper/protocol/constants.ts", from: "FENCE_BUCKETS = 8_192", to: "FENCE_BUCKETS = 4" },
  {
    file: "src/keeper/changes/ingest.ts",
    from: "KEYS_RAISED_ONE_BY_ONE = 256",
    to: "KEYS_RAISED_ONE_BY_ONE = 1",
  },
  { file: "src/keeper/changes/pull-page.ts", from: "CHANGES_AT_ONCE = 500", to: "CHANGES_AT_ONCE = 1" },
  { file: "src/keeper/audiences/witnesses.ts", from: "WITNESSES = 3", to: "WITNESSES = 1" },
];

const FILES = [
  "src/keeper/durable-object.ts",
  "src/gateway/bearers/audience-finder.ts",
  "src/gateway/read/read-handler.ts",
  "src/gateway/reader/reader.ts",
  "src/gateway/reader/colo/colo-cache.ts",
  "src/gateway/mirrors/keeper-door.ts",
  "src/mirror/mirror.ts",
  "src/gateway/reader/held-answer.ts",
  "src/gateway/reader/kv/kv.ts",
  "src/postgrest/row/change.ts",
  "src/keeper/protocol/wire.ts",
  "src/runtime/keyed-digest.ts",
  "simulator/database/changes.ts",
  "simulator/database/prune.ts",
];

/** @throws Error if an edit does not match the sources */
export async function loadBuild(edits: readonly Edit[]): Promise<Build> {
  const modules = await loadVariant(edits, FILES);
  return Object.assign({}, ...modules) as Build;
}
