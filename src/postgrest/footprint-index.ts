import type { Change } from "./change.ts";
import type { Footprint } from "./footprint.ts";
import { PartIndex } from "./part-index.ts";
import type { Schema } from "./schema.ts";
import type { Shape } from "./shape.ts";
import { judgePart, unchanged } from "./verdict.ts";
import type { Window } from "./window.ts";

/** All queries of one shape, which differ in their literals only. */
interface Form {
  readonly key: string;
  readonly relations: readonly string[];
  readonly parts: readonly PartIndex[];
  count: number;
}

interface Entry {
  readonly form: Form;
  readonly literals: readonly string[];
  window: Window | undefined;
}

type RowChange = Extract<Change, { kind: "row" }>;

/**
 * Finds, among very many registered queries, those whose answer a change may alter. Queries of one shape share
 * all but their literals; within a shape those that demand a value are found by it. So a change costs a look per
 * shape and a judgement per query that it comes near, however many are registered.
 */
export class FootprintIndex {
  readonly #entries = new Map<number, Entry>();
  readonly #forms = new Map<string, Form>();
  readonly #byRelation = new Map<string, Set<Form>>();

  // biome-ignore lint/complexity/noUselessConstructor: keeps the door open for callers; types travel in footprints
  constructor(_schema?: Schema) {}

  get size(): number {
    return this.#entries.size;
  }

  /** Registers a query, without window; a known id is replaced. */
  add(id: number, footprint: Footprint): void {
    this.delete(id);
    const form = this.#forms.get(footprint.shape) ?? this.#addForm(footprint);
    const entry: Entry = { form, literals: footprint.literals, window: undefined };
    this.#entries.set(id, entry);
    form.count += 1;
    for (const part of form.parts) part.add(id, entry.literals, undefined);
  }

  delete(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { form, literals, window } = entry;
    for (const part of form.parts) part.delete(id, literals, window);
    form.count -= 1;
    this.#entries.delete(id);
    if (form.count === 0) this.#deleteForm(form);
  }

  /** What the entry that is now the query's showed. It must be dropped before the next flight or invalidation. */
  setWindow(id: number, window: Window): void {
    this.#replaceWindow(id, window);
  }

  dropWindow(id: number): void {
    this.#replaceWindow(id, undefined);
  }

  /** Ids whose answer the change may alter. */
  affected(change: Change): Iterable<number> {
    const found = new Set<number>();
    for (const form of this.#byRelation.get(change.relation) ?? []) {
      if (change.kind === "flush") for (const id of form.parts[0]?.everything() ?? []) found.add(id);
      else this.#judge(form, change, found);
    }
    return found;
  }

  #judge(form: Form, change: RowChange, found: Set<number>): void {
    const { relation, operation, record, old } = change;
    for (const index of form.parts) {
      const { part } = index;
      if (!part.relations.includes(relation)) continue;
      if (operation === "UPDATE" && old && record && unchanged(part, old, record)) continue;
      const rows = operation === "INSERT" ? [record] : operation === "DELETE" ? [old] : [old, record];
      for (const row of rows) {
        for (const id of row === undefined ? index.everything() : index.candidates(row)) {
          const entry = this.#entries.get(id);
          if (entry === undefined || found.has(id)) continue;
          if (judgePart(part, index.number, entry.literals, change, entry.window) === undefined)
            found.add(id);
        }
      }
    }
  }

  #addForm(footprint: Footprint): Form {
    const shape = JSON.parse(footprint.shape) as Shape;
    const form: Form = {
      key: footprint.shape,
      relations: footprint.relations,
      parts: shape.parts.map((part, number) => new PartIndex(part, number)),
      count: 0,
    };
    this.#forms.set(form.key, form);
    for (const relation of form.relations) {
      const forms = this.#byRelation.get(relation);
      if (forms === undefined) this.#byRelation.set(relation, new Set([form]));
      else forms.add(form);
    }
    return form;
  }

  #deleteForm(form: Form): void {
    this.#forms.delete(form.key);
    for (const relation of form.relations) {
      const forms = this.#byRelation.get(relation);
      forms?.delete(form);
      if (forms?.size === 0) this.#byRelation.delete(relation);
    }
  }

  #replaceWindow(id: number, window: Window | undefined): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.window === window) return;
    for (const part of entry.form.parts) {
      if (part.part.join === undefined) continue;
      part.delete(id, entry.literals, entry.window);
      part.add(id, entry.literals, window);
    }
    entry.window = window;
  }
}
