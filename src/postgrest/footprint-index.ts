import type { Change } from "./change.ts";
import type { Footprint } from "./footprint.ts";
import { type Form, formOf, placeOf, queryBytes } from "./form.ts";
import { SlotGroup } from "./slot-group.ts";
import { judgePart, unchanged } from "./verdict.ts";
import type { Window } from "./window.ts";
import { WindowLedger } from "./window-ledger.ts";

interface Entry {
  readonly form: Form;
  readonly literals: readonly string[];
  window: Window | undefined;
}

type RowChange = Extract<Change, { kind: "row" }>;

/** A slot is a query's id and the number of one of its parts. No footprint has as many parts. */
const MAX_PARTS = 4_096;

/**
 * Finds, among very many registered queries, those whose answer a change may alter. Queries of one shape share all
 * but their literals, and queries of all shapes that demand values of the same columns are found by these values
 * at once. So a change costs a look per set of such columns, and a judgement per query that it comes near.
 */
export class FootprintIndex {
  readonly #entries = new Map<number, Entry>();
  readonly #forms = new Map<string, Form>();
  readonly #groups = new Map<string, SlotGroup>();
  /** The groups that concern a relation. */
  readonly #byRelation = new Map<string, Map<string, SlotGroup>>();
  /** The names of relations, once each. */
  readonly #relations = new Map<string, string>();
  readonly #ledger: WindowLedger;
  #judged = 0;

  /** @param maxWindowBytes about how much memory windows may take; beyond it the oldest are dropped */
  constructor({ maxWindowBytes = 16 * 1024 * 1024 }: { readonly maxWindowBytes?: number } = {}) {
    this.#ledger = new WindowLedger(maxWindowBytes);
  }

  /** How many single verdicts were spent on changes so far. */
  get judged(): number {
    return this.#judged;
  }

  /** How many shapes the queries have: each takes some kilobytes. */
  get shapes(): number {
    return this.#forms.size;
  }

  /**
   * About how much memory a query would take in here, in bytes: of its own, without a window, and for its shape, which
   * all queries of that shape share.
   */
  weigh({ shape, literals }: Footprint): { readonly own: number; readonly shape: number } {
    const form = this.#forms.get(shape) ?? formOf(shape, this.#relations);
    return { own: queryBytes(form, literals), shape: form.bytes };
  }

  /** About how much memory the windows take. */
  get windowBytes(): number {
    return this.#ledger.total;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Registers a query, without window; a known id is replaced. */
  add(id: number, footprint: Footprint): void {
    this.delete(id);
    const form = this.#forms.get(footprint.shape) ?? this.#addForm(footprint.shape);
    const entry: Entry = { form, literals: footprint.literals, window: undefined };
    this.#entries.set(id, entry);
    form.count += 1;
    for (const number of form.parts.keys()) this.#place(id, entry, number);
  }

  delete(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { form } = entry;
    for (const number of form.parts.keys()) this.#displace(id, entry, number);
    form.count -= 1;
    this.#entries.delete(id);
    this.#ledger.delete(id);
    if (form.count === 0) this.#forms.delete(form.key);
  }

  /**
   * What the entry that is now the query's showed. It must be dropped before the next flight or invalidation; the
   * index drops it sooner when windows take too much memory.
   */
  setWindow(id: number, window: Window): void {
    if (!this.#entries.has(id)) return;
    this.#replaceWindow(id, window);
    for (const oldest of this.#ledger.add(id, window)) this.dropWindow(oldest);
  }

  windowOf(id: number): Window | undefined {
    return this.#entries.get(id)?.window;
  }

  dropWindow(id: number): void {
    this.#ledger.delete(id);
    this.#replaceWindow(id, undefined);
  }

  /** Ids whose answer the change may alter. */
  affected(change: Change): Iterable<number> {
    const found = new Set<number>();
    for (const group of this.#byRelation.get(change.relation)?.values() ?? []) {
      if (change.kind === "row") this.#judge(group, change, found);
      else for (const slot of group.everything()) found.add(Math.floor(slot / MAX_PARTS));
    }
    return found;
  }

  #judge(group: SlotGroup, change: RowChange, found: Set<number>): void {
    const { operation, record, old } = change;
    const rows = operation === "INSERT" ? [record] : operation === "DELETE" ? [old] : [old, record];
    for (const row of rows) {
      for (const slot of row === undefined ? group.everything() : group.candidates(row)) {
        const id = Math.floor(slot / MAX_PARTS);
        const number = slot % MAX_PARTS;
        const entry = this.#entries.get(id);
        const part = entry?.form.parts[number]?.part;
        if (entry === undefined || part === undefined || found.has(id)) continue;
        this.#judged += 1;
        if (operation === "UPDATE" && old && record && unchanged(part, old, record)) continue;
        if (judgePart(part, number, entry.literals, change, entry.window) === undefined) found.add(id);
      }
    }
  }

  #addForm(key: string): Form {
    const form = formOf(key, this.#relations);
    this.#forms.set(key, form);
    return form;
  }

  #place(id: number, entry: Entry, number: number): void {
    const formPart = entry.form.parts[number];
    if (formPart === undefined) return;
    const { name, by, keys } = placeOf(formPart, number, entry);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new SlotGroup(by);
      this.#groups.set(name, group);
      for (const relation of formPart.part.relations) {
        const groups = this.#byRelation.get(relation) ?? new Map<string, SlotGroup>();
        this.#byRelation.set(relation, groups.set(name, group));
      }
    }
    group.add(id * MAX_PARTS + number, keys);
  }

  #displace(id: number, entry: Entry, number: number): void {
    const formPart = entry.form.parts[number];
    if (formPart === undefined) return;
    const { name, keys } = placeOf(formPart, number, entry);
    const group = this.#groups.get(name);
    group?.delete(id * MAX_PARTS + number, keys);
    if (!group?.isEmpty) return;
    this.#groups.delete(name);
    for (const relation of formPart.part.relations) {
      const groups = this.#byRelation.get(relation);
      groups?.delete(name);
      if (groups?.size === 0) this.#byRelation.delete(relation);
    }
  }

  #replaceWindow(id: number, window: Window | undefined): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.window === window) return;
    const joined = [...entry.form.parts.keys()].filter((number) => entry.form.parts[number]?.part.join);
    for (const number of joined) this.#displace(id, entry, number);
    entry.window = window;
    for (const number of joined) this.#place(id, entry, number);
  }
}
