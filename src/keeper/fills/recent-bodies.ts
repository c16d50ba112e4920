import { jsonBytes } from "../../postgrest/row/bytes.ts";
import { Lru } from "../../runtime/lru.ts";
import type { KeeperLimits } from "../ports/settings.ts";
import type { StoredResponse } from "../protocol/entry.ts";

/** Measured on V8 and rounded up: what a body takes beside its bytes and headers. Its key is the registry's. */
const ENTRY_BYTES = 800;

/** A body, and when its fill began: only the instance that filled it knows that (P3). */
interface RecentBody {
  readonly entry: StoredResponse;
  readonly begin: number;
}

/** The bodies that this instance filled last, within the keeper's memory. */
export class RecentBodies {
  readonly #limits: Pick<KeeperLimits, "keeperMemoryBytes" | "maxKeys">;
  #bodies: Lru<RecentBody>;

  constructor(limits: Pick<KeeperLimits, "keeperMemoryBytes" | "maxKeys">) {
    this.#limits = limits;
    this.#bodies = this.#empty();
  }

  get(key: string): RecentBody | undefined {
    return this.#bodies.get(key);
  }

  set(key: string, { entry, begin }: RecentBody): void {
    const bytes = entry.body.byteLength + ENTRY_BYTES + jsonBytes(entry.headers);
    this.#bodies.set(key, { entry, begin }, bytes);
  }

  delete(key: string): void {
    this.#bodies.delete(key);
  }

  clear(): void {
    this.#bodies = this.#empty();
  }

  #empty(): Lru<RecentBody> {
    const { keeperMemoryBytes: maxBytes, maxKeys: maxEntries } = this.#limits;
    return new Lru({ maxBytes, maxEntries });
  }
}
