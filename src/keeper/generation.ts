import type { Sql } from "./ports/ports.ts";
import { FORMAT } from "./protocol/constants.ts";
import type { Marks } from "./storage/marks.ts";
import type { Meta } from "./storage/meta.ts";

interface GenerationPorts {
  readonly sql: Sql;
  readonly meta: Meta;
  readonly marks: Marks;
  readonly configHash: string;
  /** A random text, asked for once in the life of a storage. */
  readonly newIncarnation: () => string;
}

/** Of what the keeper's marks tell: this storage, this configuration, this schema (P4). */
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
   * Another one than is stored forgets all keys and raises the floor, in one transaction; marks go on upwards. So
   * entries are refused also when an earlier generation comes back.
   *
   * @param footprints version of the footprints that keys are registered by from now on
   */
  enter(footprints: string): void {
    const { sql, meta, marks, configHash, newIncarnation } = this.#ports;
    const incarnation = meta.text("incarnation") ?? newIncarnation();
    const generation = [incarnation, FORMAT, configHash, footprints].join(".");
    if (meta.text("generation") !== generation) {
      marks.raise({ everything: true }, () => {
        meta.set("incarnation", incarnation);
        meta.set("generation", generation);
        sql.exec("DELETE FROM keys");
        sql.exec("DELETE FROM owed");
        sql.exec("DELETE FROM shapes");
      });
    }
    this.#current = generation;
  }
}
