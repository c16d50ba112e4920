import type { BodyStore, ChangeSource, KeyedDigest, Origin, SchemaSource } from "./ports.ts";
import type { KeeperSettings } from "./settings.ts";

/** What a keeper's Durable Object gets from its environment. */
export interface KeeperParts {
  readonly settings: KeeperSettings;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly digest: KeyedDigest;
  /** Null: only the configuration says what reads depend on. */
  readonly database: (SchemaSource & ChangeSource) | null;
  /** Whether others invalidate what it answers for, besides the database: a cache of the library. Default: false. */
  readonly isTold?: boolean;
}
