import type { RowMap } from "../../rows/row-map.ts";
import { Lru } from "../../runtime/lru.ts";
import { mayWrite } from "../sql/effects/may-write.ts";
import type { PassThroughReason } from "../sql/pass-through.ts";
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

/** Where what is known of a database comes from, besides the map: it decides what a statement reads. */
export interface CatalogueSource {
  /** For how long what was told counts, in milliseconds, if the map stays the same. */
  readonly lastsMs: number;
  /** Asks the database. @throws NotHere, or what the database throws */
  load(map: RowMap): Promise<Catalogue>;
}

/** The catalogue could not be asked for here. That says nothing of other connections. */
export class NotHere extends Error {
  override readonly name = "NotHere";
  readonly reason: PassThroughReason;

  constructor(reason: PassThroughReason) {
    super(reason);
    this.reason = reason;
  }
}

const LIMITS = { maxEntries: 2_000, maxBytes: 8 * 1024 * 1024 };
/** A longer text is sent on unread. */
const MAX_STATEMENT_LENGTH = 100_000;
/** A database that refuses to tell is not asked for every statement. */
const CATALOGUE_RETRY_MS = 10_000;
/** What is kept of a statement, in multiples of its text. */
const WEIGHT = 12;

/** What is kept of a name of the catalogue or of the map. */
const NAME_BYTES = 250;

function namesIn({ tables, views }: RowMap, catalogue: Catalogue): number {
  const { visible, functions, operators, unguarded, oddTypes } = catalogue;
  const sets = [visible, functions, operators, unguarded, oddTypes?.names, oddTypes?.relations];
  const told = sets.reduce((sum, names) => sum + (names?.size ?? 0), 0);
  return told + Object.keys(tables).length + Object.keys(views).length;
}

/** What statements read, once for each text and map. */
export class Plans {
  readonly #dialect: DialectName;
  readonly #options: ReadOptions;
  readonly #statements = new Lru<KnownStatement>(LIMITS);
  #relations: KnownRelations | undefined;
  #catalogueBytes = 0;
  /** When the catalogue of these relations was told. */
  #toldAt = Number.NEGATIVE_INFINITY;
  #refused: { readonly map: RowMap; readonly at: number; readonly error: unknown } | undefined;

  constructor(dialect: DialectName, options: ReadOptions) {
    this.#dialect = dialect;
    this.#options = options;
  }

  /** About as much memory as it takes. */
  get bytes(): number {
    return this.#statements.bytes + this.#catalogueBytes;
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
   * @param catalogue asked once for a map, and again now and then
   * @throws what asking for the catalogue throws
   */
  async outline(known: KnownStatement, map: RowMap, catalogue: CatalogueSource): Promise<Outline> {
    const { statement } = known;
    let relations = this.#relations;
    if (relations?.map !== map || Date.now() - this.#toldAt > catalogue.lastsMs) {
      const told = await this.#told(map, catalogue);
      relations = new KnownRelations(map, this.#dialect, told);
      this.#relations = relations;
      this.#toldAt = Date.now();
      this.#catalogueBytes = NAME_BYTES * namesIn(map, told);
    }
    if (known.outline?.relations === relations) return known.outline.outline;
    const outline = outlineOf(statement, relations);
    known.outline = { relations, outline };
    return outline;
  }

  async #told(map: RowMap, catalogue: CatalogueSource): Promise<Catalogue> {
    const refused = this.#refused;
    if (refused?.map === map && Date.now() - refused.at < CATALOGUE_RETRY_MS) throw refused.error;
    try {
      return await catalogue.load(map);
    } catch (error) {
      if (!(error instanceof NotHere)) this.#refused = { map, at: Date.now(), error };
      throw error;
    }
  }
}

const TOO_LONG: KnownStatement = {
  statement: { kind: "refused", reason: "too-long", detail: "" },
  mayWrite: true,
  inKey: "",
};

/** Levels and namespaces of a key have characters of their own. */
export const keyPart = (text: string): string =>
  text.replace(/[%:/@]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
