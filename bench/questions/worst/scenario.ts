import type { Genes } from "./genes.ts";

/** A stranger's queries, and the owner's changes. */
export interface Scenario {
  readonly queries: readonly Ask[];
  /** Old and new rows, JSON text by column. */
  readonly rows: readonly Pair[];
  readonly relation: string;
  /** What the queries' answers showed; absent: not known. */
  readonly body?: string;
}

export interface Ask {
  readonly relation: string;
  readonly search: string;
  /** Nothing is known of the table. */
  readonly isBare?: boolean;
}

type Image = Readonly<Record<string, string>>;

interface Pair {
  readonly old: Image | undefined;
  readonly record: Image;
}

/** The gateway's cap, with some room for the path. */
export const MAX_SEARCH = 8_000;

/** A way to make the keeper work, whose worst case the search looks for. */
export type Kind = (genes: Genes) => Scenario;

export const repeat = (text: string, length: number) =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

export const texts = (genes: Genes, name: string, length: number) => {
  const unit = genes.pick(`${name} unit`, ["a", "ab", "aab", "a😀", "aaaaaaaaaaaaaaab", "_", "é", "\\\\"]);
  return repeat(unit, length);
};

export const json = (text: string) => JSON.stringify(text);

export const cut = (search: string) => search.slice(0, MAX_SEARCH);

export const list = (count: number, each: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => each(at));

/** Distinct queries, which decide how full the caches of literals are. */
export function queries(
  genes: Genes,
  relation: string,
  search: (at: number) => string,
  isBare = false,
): Ask[] {
  const distinct = genes.size("distinct", 1, 2_000);
  return list(distinct, (at) => search(at)).map((each) => ({ relation, search: each, isBare }));
}

/** Updates of one row each, with or without the old image. */
export function updates(genes: Genes, image: (at: number, isOld: boolean) => Image): Pair[] {
  const count = genes.size("changes", 1, 500);
  const hasOld = genes.pick("old", [true, true, false]);
  return Array.from({ length: count }, (_, at) => ({
    old: hasOld ? { id: String(at), ...image(at, true) } : undefined,
    record: { id: String(at), ...image(at, false) },
  }));
}

/** Values whose reading takes longest. */
export const numbers = (genes: Genes, name: string) => {
  const digits = genes.size(`${name} digits`, 1, 1_990);
  const form = genes.pick(`${name} form`, ["9", "0", "e", "."]);
  return (at: number) => {
    const lead = `${1 + (at % 9)}`;
    if (form === "e") return `${lead}e${genes.size(`${name} exponent`, 1, 2_000)}`;
    if (form === ".") return `${lead}.${"0".repeat(digits)}1`;
    return `${lead}${form.repeat(digits)}`;
  };
};
