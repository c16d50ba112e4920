import type { RowMap } from "../../rows/row-map.ts";
import { Lru } from "../../runtime/lru.ts";
import { mayWrite } from "../sql/effects/may-write.ts";
import { type Outline, outlineOf } from "../sql/plan.ts";
import { type ReadOptions, readStatement, type Statement } from "../sql/read-statement.ts";
import { type Catalogue, KnownRelations } from "../sql/relations.ts";
import type { DialectName } from "../sql/token.ts";

/** What is remembered of a statement's text. */
export interface KnownStatement {
  readonly statement: Statement;
  readonly mayWrite: boolean;
  /** The text as it is in a key. */
  readonly inKey: string;
  /** By the map that it was made with. */
  outline?: { readonly relations: KnownRelations; readonly outline: Outline };
}

/** What a driver knows of its database in this isolate. */
export interface CatalogueSource {
  /** For how long what was told counts, in milliseconds, if the map stays the same. */
  readonly lastsMs: number;
  /** What asks for what must be known before such a statement is read. Undefined: nothing must. */
  needed(
    map: RowMap,
    relations: KnownRelations,
    statement: Statement,
  ): (() => Promise<Catalogue>) | undefined;
}

const LIMITS = { maxEntries: 2_000, maxBytes: 8 * 1024 * 1024 };
/** A longer text is sent on unread. */
const MAX_STATEMENT_LENGTH = 100_000;
/** A database that refuses to tell is not asked for every statement. */
const CATALOGUE_RETRY_MS = 10_000;
/** What is kept of a statement, in multiples of its text. */
const WEIGHT = 12;

/** What statements read, once for each text and map. */
export class Plans {
  readonly #dialect: DialectName;
  readonly #options: ReadOptions;
  readonly #statements = new Lru<KnownStatement>(LIMITS);
  #relations: KnownRelations | undefined;
  #cataloguedAt: number | undefined;
  #refused: { readonly map: RowMap; readonly at: number; readonly error: unknown } | undefined;

  constructor(dialect: DialectName, options: ReadOptions) {
    this.#dialect = dialect;
    this.#options = options;
  }

  of(sql: string): KnownStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (sql.length > MAX_STATEMENT_LENGTH) return TOO_LONG;
    const statement = readStatement(sql, this.#dialect, this.#options);
    const made: KnownStatement = {
      statement,
      mayWrite: statement.kind === "refused" && mayWrite(sql, this.#dialect),
      inKey: keyPart(sql),
    };
    this.#statements.set(sql, made, sql.length * WEIGHT);
    return made;
  }

  /**
   * What a statement reads by this map.
   *
   * @param catalogue asked when a statement first needs it, and again now and then
   * @throws what asking for the catalogue throws
   */
  async outline(known: KnownStatement, map: RowMap, catalogue: CatalogueSource): Promise<Outline> {
    const { statement } = known;
    let relations = this.#relations;
    if (relations?.map !== map) {
      relations = new KnownRelations(map, this.#dialect, NOTHING_KNOWN);
      this.#relations = relations;
      this.#cataloguedAt = undefined;
    }
    if (this.#cataloguedAt === undefined || Date.now() - this.#cataloguedAt > catalogue.lastsMs) {
      const load = catalogue.needed(map, relations, statement);
      if (load !== undefined) {
        relations = new KnownRelations(map, this.#dialect, await this.#told(map, load));
        this.#relations = relations;
        this.#cataloguedAt = Date.now();
      }
    }
    if (known.outline?.relations === relations) return known.outline.outline;
    const outline = outlineOf(statement, relations);
    known.outline = { relations, outline };
    return outline;
  }

  async #told(map: RowMap, load: () => Promise<Catalogue>): Promise<Catalogue> {
    const refused = this.#refused;
    if (refused?.map === map && Date.now() - refused.at < CATALOGUE_RETRY_MS) throw refused.error;
    try {
      return await load();
    } catch (error) {
      this.#refused = { map, at: Date.now(), error };
      throw error;
    }
  }
}

const TOO_LONG: KnownStatement = {
  statement: { kind: "refused", reason: "too-long", detail: "" },
  mayWrite: true,
  inKey: "",
};

/** Nothing is read that would need it: `needed` says so. */
const NOTHING_KNOWN: Catalogue = { viewQuery: () => undefined };

/** Levels and namespaces of a key have characters of their own. */
export const keyPart = (text: string): string =>
  text.replace(/[%:/@]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
