import { DatabaseSync } from "node:sqlite";
import { RowSlots } from "../../../src/rows/row-name.ts";
import { Draw } from "../workload/trace/draw.ts";
import { type Page, Pages, type PageValue } from "./blog/pages.ts";
import { type Blog, type Bodies, createBlog, FOLLOW } from "./blog/schema.ts";
import { apply, type Write } from "./blog/writes.ts";
import { Capture } from "./capture.ts";

interface Version {
  readonly text: string;
  /** When it was committed. */
  readonly since: number;
  /** The writer that made it does not go through the Worker. */
  readonly isFromOutside: boolean;
}

/** How an answer stands to what was committed when its read began. */
export interface Age {
  /** Milliseconds since it was replaced; 0: it was not. */
  readonly staleMs: number;
  /** What replaced it was a write from outside. */
  readonly isFromOutside: boolean;
}

export interface Raised {
  /** The number of the commit, from 1. */
  readonly commit: number;
  /** The name of the write. */
  readonly by: string;
}

const NEVER: Raised = { commit: 0, by: "" };

const CURRENT: Age = { staleMs: 0, isFromOutside: false };

/**
 * The blog's database, which all lanes share, and its judge. After each commit every page that was ever read is read again, so
 * the judge knows all that the database has ever said, and relies on nothing that is judged.
 */
export class Database {
  readonly capture: Capture;
  readonly bodies: Bodies;
  readonly #database: DatabaseSync;
  readonly #pages: Pages;
  readonly #known = new Map<string, Page>();
  readonly #versions = new Map<string, Version[]>();
  /** The last commit that raised each name, and each shared slot of rows; and what it was. */
  readonly #raised = new Map<string | number, Raised>();
  readonly #slots: RowSlots;
  #commits = 0;

  private constructor(database: DatabaseSync, capture: Capture, bodies: Bodies) {
    this.#database = database;
    this.capture = capture;
    this.bodies = bodies;
    this.#pages = new Pages(database, bodies);
    this.#slots = new RowSlots(capture.map);
  }

  static async create(blog: Blog, seed: number, now: () => number): Promise<Database> {
    const database = new DatabaseSync(":memory:");
    createBlog(database, blog, new Draw(seed));
    return new Database(database, await Capture.install(database, FOLLOW, now), blog.bodies);
  }

  /** The page as it is now, as JSON text. */
  text(page: Page): string {
    return (this.#versionsOf(page).at(-1) as Version).text;
  }

  commit(write: Write, now: number, isFromOutside: boolean): void {
    const { last } = this.capture;
    apply(this.#database, write);
    this.#commits++;
    for (const name of this.capture.raisedAfter(last)) {
      const raised = { commit: this.#commits, by: write.name };
      this.#raised.set(name, raised);
      this.#raised.set(this.#slotOf(name), raised);
    }
    for (const page of this.#known.values()) {
      const versions = this.#versionsOf(page);
      const text = this.#read(page);
      if (text !== versions.at(-1)?.text) versions.push({ text, since: now, isFromOutside });
    }
  }

  get commits(): number {
    return this.#commits;
  }

  /** The last commit that raised this name, and the last one that raised a name in its slot. */
  raised(name: string): { readonly itself: Raised; readonly slot: Raised } {
    return {
      itself: this.#raised.get(name) ?? NEVER,
      slot: this.#raised.get(this.#slotOf(name)) ?? NEVER,
    };
  }

  #slotOf(name: string): number {
    return this.#slots.of(name) ?? -1;
  }

  /**
   * How old an answer was when its read began. What was committed after that is not old.
   *
   * @returns null: the database has never said this
   */
  age(page: Page, start: number, text: string): Age | null {
    const versions = this.#versionsOf(page);
    const index = versions.findLastIndex((version) => version.text === text);
    if (index < 0) return null;
    const next = versions[index + 1];
    if (next === undefined || next.since >= start) return CURRENT;
    return { staleMs: start - next.since, isFromOutside: next.isFromOutside };
  }

  /** How many pages were ever read. */
  get pages(): number {
    return this.#known.size;
  }

  #versionsOf(page: Page): Version[] {
    let versions = this.#versions.get(page.key);
    if (versions === undefined) {
      // Nobody can have an earlier version, as nobody has asked before.
      versions = [{ text: this.#read(page), since: Number.NEGATIVE_INFINITY, isFromOutside: false }];
      this.#versions.set(page.key, versions);
      this.#known.set(page.key, page);
    }
    return versions;
  }

  #read(page: Page): string {
    const value: PageValue = this.#pages.load(page);
    return JSON.stringify(value);
  }
}
