import type { Footprint } from "../footprint/footprint.ts";
import type { RowFacts } from "../predicate/row-facts.ts";
import { Work } from "../predicate/work.ts";
import type { Change, Row } from "../row/change.ts";
import { judgePart, unchanged } from "../verdict/verdict.ts";
import type { Window } from "../verdict/window.ts";
import { SlotGroup } from "./bucket.ts";
import {
  type Form,
  type FormPart,
  formOf,
  joinPlace,
  openPlace,
  type Place,
  queryBytes,
  valuePlace,
} from "./form.ts";
import { WindowLedger } from "./window-budget.ts";

interface Entry {
  readonly form: Form;
  readonly literals: readonly string[];
  window: Window | undefined;
  /** The numbers of parts that are found by what the window shows. */
  byWindow: Set<number> | undefined;
  /** Of parts that are open to every row, as there was no room for the values that would find them. */
  crowded: Set<number> | undefined;
}

type RowChange = Extract<Change, { kind: "row" }>;

/** A slot is a query's id and the number of one of its parts. No footprint has as many parts. */
const MAX_PARTS = 4_096;

/** Keys of parts that are found by several. Each takes some hundred bytes; beyond it such parts are asked each time. */
const MAX_SHARED_KEYS = 200_000;

/** What a look at a group, by each of its columns, and at a slot found there takes. */
const STEPS_PER_GROUP = 30;
const STEPS_PER_COLUMN = 20;
const STEPS_PER_SLOT = 10;

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
  #sharedKeys = 0;

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
    const entry: Entry = {
      form,
      literals: footprint.literals,
      window: undefined,
      byWindow: undefined,
      crowded: undefined,
    };
    this.#entries.set(id, entry);
    form.count += 1;
    for (const number of form.parts.keys()) this.#place(id, entry, number);
  }

  /** Forgets a footprint; one that is not there is no error. */
  delete(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#replaceWindow(id, undefined);
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

  /** Forgets what an answer showed, so that any row of its query may be on the page. */
  dropWindow(id: number): void {
    this.#ledger.delete(id);
    this.#replaceWindow(id, undefined);
  }

  /**
   * Adds the ids whose answer the change may alter. When the steps of `work` are spent on the way, some may be missing:
   * then the change is to be taken as a flush of its relation.
   */
  affected(change: Change, work: Work = new Work(), found: Set<number> = new Set()): Set<number> {
    for (const group of this.#byRelation.get(change.relation)?.values() ?? []) {
      if (change.kind === "flush") {
        for (const slot of group.everything()) found.add(Math.floor(slot / MAX_PARTS));
      } else {
        this.#judge(group, change, work, found);
        if (work.meter.isSpent) break;
      }
    }
    return found;
  }

  #judge(group: SlotGroup, change: RowChange, work: Work, found: Set<number>): void {
    const { operation, record, old } = change;
    const { meter } = work;
    const rows = rowsOf(change);
    if (!look(group, rows, work)) return;
    const facts = factsOf(rows, work);
    for (const slot of facts === undefined ? group.everything() : group.candidates(facts)) {
      if (!meter.share(STEPS_PER_SLOT)) return;
      const id = Math.floor(slot / MAX_PARTS);
      if (found.has(id)) continue;
      const number = slot % MAX_PARTS;
      const entry = this.#entries.get(id);
      const part = entry?.form.parts[number]?.part;
      if (entry === undefined || part === undefined) continue;
      this.#judged += 1;
      if (operation === "UPDATE" && old && record && unchanged(part, old, record, work)) continue;
      const rule = judgePart(part, number, entry.literals, change, entry.window, work);
      if (rule === undefined) found.add(id);
    }
  }

  /**
   * Adds the ids that the change may concern without judging them: a superset of those whose answer it may alter, at the
   * price of a look-up. When the steps of `work` are spent on the way, some may be missing.
   *
   * @param taken groups whose slots that are open to every row have been added: those of one batch are the same
   */
  concerned(change: RowChange, work: Work, found: Set<number>, taken: Set<SlotGroup>): void {
    const rows = rowsOf(change);
    const facts = factsOf(rows, work);
    for (const group of this.#byRelation.get(change.relation)?.values() ?? []) {
      if (!look(group, rows, work)) return;
      const byKey = facts === undefined ? group.everything() : group.byKey(facts);
      for (const slots of [taken.has(group) ? [] : group.open(), byKey]) {
        for (const slot of slots) {
          if (!work.meter.share(STEPS_PER_SLOT)) return;
          found.add(Math.floor(slot / MAX_PARTS));
        }
      }
      taken.add(group);
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
    const place = valuePlace(formPart, entry.literals);
    if (place !== undefined && this.#put(id, number, formPart, place)) return;
    if (place !== undefined) {
      entry.crowded ??= new Set();
      entry.crowded.add(number);
    }
    this.#put(id, number, formPart, openPlace(formPart));
  }

  #displace(id: number, entry: Entry, number: number): void {
    const formPart = entry.form.parts[number];
    if (formPart === undefined) return;
    const place = entry.crowded?.has(number) ? undefined : valuePlace(formPart, entry.literals);
    this.#take(id, number, formPart, place ?? openPlace(formPart));
  }

  /** False when there is no room for so many keys. */
  #put(id: number, number: number, { part }: FormPart, place: Place): boolean {
    const { name, by, keys } = place;
    const shared = sharedKeys(place);
    if (shared > 0 && this.#sharedKeys + shared > MAX_SHARED_KEYS) return false;
    this.#sharedKeys += shared;
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new SlotGroup(by);
      this.#groups.set(name, group);
      for (const relation of part.relations) {
        const groups = this.#byRelation.get(relation) ?? new Map<string, SlotGroup>();
        this.#byRelation.set(relation, groups.set(name, group));
      }
    }
    group.add(id * MAX_PARTS + number, keys);
    return true;
  }

  #take(id: number, number: number, { part }: FormPart, place: Place): void {
    const { name, keys } = place;
    this.#sharedKeys -= sharedKeys(place);
    const group = this.#groups.get(name);
    group?.delete(id * MAX_PARTS + number, keys);
    if (!group?.isEmpty) return;
    this.#groups.delete(name);
    for (const relation of part.relations) {
      const groups = this.#byRelation.get(relation);
      groups?.delete(name);
      if (groups?.size === 0) this.#byRelation.delete(relation);
    }
  }

  /** Of few parts does a window tell more than their values do: those move to where its keys find them, and back. */
  #replaceWindow(id: number, window: Window | undefined): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.window === window) return;
    const { parts } = entry.form;
    for (const number of entry.byWindow ?? []) {
      const formPart = parts[number];
      const place = formPart && joinPlace(formPart, entry.window?.keys[number]);
      if (formPart === undefined || place === undefined) continue;
      this.#take(id, number, formPart, place);
      this.#put(id, number, formPart, openPlace(formPart));
    }
    entry.byWindow = undefined;
    entry.window = window;
    if (window === undefined) return;
    for (const [number, formPart] of parts.entries()) {
      const place = joinPlace(formPart, window.keys[number]);
      if (place === undefined || entry.crowded?.has(number)) continue;
      if (valuePlace(formPart, entry.literals) !== undefined) continue;
      if (!this.#put(id, number, formPart, place)) continue;
      this.#take(id, number, formPart, openPlace(formPart));
      entry.byWindow ??= new Set();
      entry.byWindow.add(number);
    }
  }
}

/** The rows that a change takes away and brings; undefined: it is not told. */
function rowsOf({ operation, record, old }: RowChange): readonly (Row | undefined)[] {
  return operation === "INSERT" ? [record] : operation === "DELETE" ? [old] : [old, record];
}

/** Undefined when one is not told: then nothing is known. */
function factsOf(rows: readonly (Row | undefined)[], work: Work): readonly RowFacts[] | undefined {
  const told = rows.filter((row) => row !== undefined);
  return told.length < rows.length ? undefined : told.map((row) => work.of(row));
}

/** Counts the steps of looking these rows up in a group. False: all are spent. */
function look({ width }: SlotGroup, { length }: readonly unknown[], { meter }: Work): boolean {
  return meter.share(length * (STEPS_PER_GROUP + STEPS_PER_COLUMN * width));
}

/** What a place takes of the room for parts that are found by several keys. */
function sharedKeys({ keys = [] }: Place): number {
  return keys.length > 1 ? keys.length : 0;
}
