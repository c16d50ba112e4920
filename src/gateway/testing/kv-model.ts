import type { StoredResponse } from "../../keeper/protocol/entry.ts";

/** How a store that lags chooses among what it was given; null for "no such key". */
export type Choose = (versions: readonly StoredResponse[]) => StoredResponse | null;

/** Workers KV at its worst: every version ever put may come back, in any order, or none. */
export class KvModel {
  readonly #versions = new Map<string, { readonly key: string; readonly entries: StoredResponse[] }>();
  choose: Choose = (versions) => versions.at(-1) ?? null;
  failing = false;

  put(key: string, entry: StoredResponse): void {
    const name = `${entry.generation}/${key}`;
    const slot = this.#versions.get(name) ?? { key, entries: [] };
    slot.entries.push(entry);
    this.#versions.set(name, slot);
  }

  get(generation: string, key: string): StoredResponse | null {
    if (this.failing) throw new Error("KV GET failed: 500 Internal Server Error");
    const found = this.choose(this.#versions.get(`${generation}/${key}`)?.entries ?? []);
    return found && { ...found };
  }

  /** Everything that a reader might ever be given. */
  all(): { readonly key: string; readonly entry: StoredResponse }[] {
    return [...this.#versions.values()].flatMap(({ key, entries }) =>
      entries.map((entry) => ({ key, entry })),
    );
  }
}
