/**
 * The database as tests see it: a version per relation, and when each was ingested. An answer's body is the
 * versions that it shows, so that what it lacks can be told from outside.
 */
export class Truth {
  readonly #versions = new Map<string, number>();
  readonly #ingested = new Map<string, { readonly at: number; readonly version: number }[]>();

  /** Commits a change; returns the relation's new version. */
  commit(relation: string): number {
    const version = this.version(relation) + 1;
    this.#versions.set(relation, version);
    return version;
  }

  version(relation: string): number {
    return this.#versions.get(relation) ?? 0;
  }

  read(relations: readonly string[]): string {
    return JSON.stringify(
      Object.fromEntries(relations.map((relation) => [relation, this.version(relation)])),
    );
  }

  ingested(relation: string, version: number, at: number): void {
    const list = this.#ingested.get(relation) ?? [];
    list.push({ at, version });
    this.#ingested.set(relation, list);
  }

  /** What a body lacks of the changes ingested before a moment; null when nothing. */
  lacks(body: ArrayBuffer, moment: number): string | null {
    const shown = showing(body);
    for (const [relation, version] of Object.entries(shown)) {
      for (const change of this.#ingested.get(relation) ?? []) {
        if (change.at < moment && change.version > version) {
          return `${relation} is shown at version ${version}, version ${change.version} was ingested at ${change.at}`;
        }
      }
    }
    return null;
  }
}

/** The versions that a body shows. */
export function showing(body: ArrayBuffer): Record<string, number> {
  return JSON.parse(new TextDecoder().decode(body)) as Record<string, number>;
}
