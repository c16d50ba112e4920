import type { RowMap } from "../rows/row-map.ts";
import { CONDEMNED } from "./audiences/witnesses.ts";
import type { Sql } from "./ports/ports.ts";
import type { Marks } from "./storage/marks.ts";
import type { Meta } from "./storage/meta.ts";

/** Version of what is stored and how it is read. It is part of the generation: raising it forgets everything. */
const FORMAT = 4;

interface GenerationPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly marks: Marks;
  readonly configHash: string;
  /** A random text for storage that is new, or was restored. */
  readonly newIncarnation: () => string;
}

/** What the keeper's marks refer to: this storage, this configuration and this schema (P4). */
export class Generation {
  readonly #ports: GenerationPorts;
  #current = "";

  constructor(ports: GenerationPorts) {
    this.#ports = ports;
  }

  get current(): string {
    return this.#current;
  }

  /**
   * Begins the generation of these footprints. If another one is stored, all keys are forgotten and the floor is
   * raised, in one transaction. Marks only go up, so old entries are refused even if an earlier generation comes back.
   *
   * @param footprints version of the footprints by which keys are registered from now on
   * @param rows by what rows are told apart from now on; a part of that version
   */
  enter(footprints: string, rows: RowMap | undefined): void {
    const { sql, meta, marks, configHash, newIncarnation } = this.#ports;
    const incarnation = meta.text("incarnation") ?? newIncarnation();
    const generation = [incarnation, FORMAT, configHash, footprints].join(".");
    if (meta.text("generation") !== generation) {
      marks.raise({ everything: true }, () => {
        meta.set("incarnation", incarnation);
        meta.set("generation", generation);
        // What was found out about the schema before.
        meta.set(CONDEMNED, "[]");
        sql.exec("DELETE FROM keys");
        sql.exec("DELETE FROM owed");
        sql.exec("DELETE FROM shapes");
        sql.exec("DELETE FROM row_pages");
      });
    }
    this.#current = generation;
    marks.follow(rows);
  }

  /**
   * Somebody holds a position of this generation that this instance has not reached: the storage was restored from a
   * backup, or another instance has superseded this one. Restored storage needs a new incarnation (P4), which the next
   * instance enters; a superseded instance fails to write one, and ends.
   */
  leave(): void {
    const { meta, newIncarnation } = this.#ports;
    meta.set("incarnation", newIncarnation());
  }
}
