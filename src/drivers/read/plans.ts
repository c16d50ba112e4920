import type { RowMap } from "../../rows/row-map.ts";
import { Lru } from "../../runtime/lru.ts";
import { mayWrite } from "../sql/may-write.ts";
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
  /** What has to be known before such a statement is read. Undefined: nothing that is not known. */
  load(map: RowMap, relations: KnownRelations, statement: Statement): Promise<Catalogue> | undefined;
}

const LIMITS = { maxEntries: 2_000, maxBytes: 8 * 1024 * 1024 };
/** What is kept of a statement, in multiples of its text. */
const WEIGHT = 12;

/** What statements read, once for each text and map. */
export class Plans {
  readonly #dialect: DialectName;
  readonly #options: ReadOptions;
  readonly #statements = new Lru<KnownStatement>(LIMITS);
  #relations: KnownRelations | undefined;
  #hasCatalogue = false;

  constructor(dialect: DialectName, options: ReadOptions) {
    this.#dialect = dialect;
    this.#options = options;
  }

  of(sql: string): KnownStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
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
   * @param catalogue asked once for each map, when a statement first needs it
   * @throws what asking for the catalogue throws
   */
  async outline(known: KnownStatement, map: RowMap, catalogue: CatalogueSource): Promise<Outline> {
    const { statement } = known;
    let relations = this.#relations;
    if (relations?.map !== map) {
      relations = new KnownRelations(map, this.#dialect, NOTHING_KNOWN);
      this.#relations = relations;
      this.#hasCatalogue = false;
    }
    if (!this.#hasCatalogue) {
      const loading = catalogue.load(map, relations, statement);
      if (loading !== undefined) {
        relations = new KnownRelations(map, this.#dialect, await loading);
        this.#relations = relations;
        this.#hasCatalogue = true;
      }
    }
    if (known.outline?.relations === relations) return known.outline.outline;
    const outline = outlineOf(statement, relations);
    known.outline = { relations, outline };
    return outline;
  }
}

/** Nothing is read that would need it: `load` says so. */
const NOTHING_KNOWN: Catalogue = { viewQuery: () => undefined };

/** Levels and namespaces of a key have characters of their own. */
export const keyPart = (text: string): string =>
  text.replace(/[%:/@]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
