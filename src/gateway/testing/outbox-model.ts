import type { ChangeSource, PullRequest } from "../../keeper/ports/ports.ts";

/** What capture has written down, as `tidemark_changes()` would give it: each change a row, committed in order. */
export class OutboxModel implements ChangeSource {
  readonly #rows: string[] = [];
  readonly #delay: () => Promise<void>;
  /** Pulls that reached the database. */
  pulls = 0;

  /** @param delay how long the way to the database takes, one way */
  constructor(delay: () => Promise<void>) {
    this.#delay = delay;
  }

  commit(relation: string): void {
    const [schema, table] = relation.split(".");
    const [record, old_record] = [
      { id: 1, title: "new" },
      { id: 1, title: "old" },
    ];
    this.#rows.push(JSON.stringify({ type: "UPDATE", schema, table, record, old_record, writtenAt: 0 }));
  }

  async changes({ since }: PullRequest): Promise<string> {
    this.pulls++;
    await this.#delay();
    const seen = since === null ? 0 : Number(since.split(":")[0]);
    const page = {
      ...{ incarnation: "database-1", started: "1", schemaVersion: 1 },
      ...{ snapshot: `${this.#rows.length}:${this.#rows.length}:`, flush: since === null },
      ...{ last: null, more: false, now: 0 },
    };
    const changes = `[${this.#rows.slice(seen).join()}]`;
    await this.#delay();
    return `${JSON.stringify(page).slice(0, -1)},"changes":${changes}}`;
  }

  async prune(): Promise<void> {}
}
