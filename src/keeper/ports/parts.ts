import type { RowMap } from "../../rows/row-map.ts";
import type {
  BodyStore,
  ChangeSource,
  Described,
  KeeperPorts,
  KeyedDigest,
  Origin,
  SchemaSource,
} from "./ports.ts";
import type { KeeperSettings } from "./settings.ts";

/** What a keeper's Durable Object gets from its environment. */
export interface KeeperParts {
  readonly settings: KeeperSettings;
  readonly origin: Origin;
  readonly store: BodyStore;
  readonly digest: KeyedDigest;
  /** Null: only the configuration says what reads depend on. */
  readonly database: (SchemaSource & ChangeSource) | null;
  /**
   * Whether caches of the library rest on it, which invalidate by themselves, besides what the database tells. Default: false.
   */
  readonly isTold?: boolean;
  /**
   * By what rows are told apart for those caches, where the source does not say so itself.
   *
   * @param described null: the database has not described itself
   */
  readonly rowsOf?: (described: Omit<Described, "version"> | null) => RowMap | undefined;
  /** As the keeper's port of that name. */
  readonly nudgeMirror?: KeeperPorts["nudgeMirror"];
}
