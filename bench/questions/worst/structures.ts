import {
  cut,
  json,
  type Kind,
  list,
  MAX_SEARCH,
  numbers,
  queries,
  repeat,
  texts,
  updates,
} from "./scenario.ts";
import { WIDTH } from "./schema.ts";

/** What the index, joins, pages and policies take. */

/** Each by other columns, or by many of them, or by none. */
export const groups: Kind = (genes) => {
  const equalities = genes.size("equalities", 1, 40);
  const spread = genes.size("spread", 1, WIDTH);
  const operator = genes.pick("operator", ["eq", "eq", "in"]);
  const value = (at: number) =>
    operator === "eq"
      ? `v${at}`
      : `(${list(genes.size("list", 1, 100), (each) => `v${at}${each}`).join(",")})`;
  const search = (at: number) =>
    list(
      equalities,
      (each) => `c${(at * 7 + each * (1 + (at % 13))) % spread}=${operator}.${value(at)}`,
    ).join("&");
  const text = texts(genes, "text", genes.size("text", 1, 2_000));
  return {
    relation: "wide",
    queries: queries(genes, "wide", (at) => (search(at).length < MAX_SEARCH ? search(at) : "c0=eq.1")),
    rows: updates(genes, (row) =>
      Object.fromEntries(list(WIDTH, (at) => json(`${text}${row}${at}`)).map((each, at) => [`c${at}`, each])),
    ),
  };
};

export const embeds: Kind = (genes) => {
  const count = genes.size("embeds", 1, 60);
  const inner = genes.pick("inner", ["", "", "!inner"]);
  const filters = genes.size("filters", 1, 20);
  const shown = genes.size("shown", 1, 300);
  const select = `id,${list(count, (at) => `e${at}:kids${inner}(id)`).join(",")}`;
  const where = list(filters, (at) => `id=gt.-${at + 1}`).join("&");
  const kids = list(count, (at) => `"e${at}":[{"id":1}]`).join(",");
  const child = genes.pick("child", [true, false]);
  return {
    relation: child ? "kids" : "things",
    queries: queries(genes, "things", (at) => cut(`select=${select}&n=gt.${at}&${where}`)),
    rows: updates(genes, (at, isOld) => ({ parent: String(at + (isOld ? 0 : 1)), a: '"x"', n: "3" })),
    ...(genes.pick("window", [true, true, false]) && {
      body: `[${list(shown, (at) => `{"id":${at + 1000},${kids}}`).join(",")}]`,
    }),
  };
};

export const pages: Kind = (genes) => {
  const columns = ["a", "b", "n", "at", "u", "f", "bytes"].slice(0, genes.size("columns", 1, 7));
  const search = (at: number) =>
    `select=id,${columns.join(",")}&order=${columns.join(",")},id&limit=2&offset=${genes.pick("offset", ["0", "5"])}&f=gt.-${at}`;
  const number = numbers(genes, "row");
  const image = (at: number, length: number) => ({
    ...{
      a: json(repeat("a", length)),
      b: json(repeat("b", length)),
      n: number(at).slice(0, length),
      f: "1.5",
    },
    ...{
      at: '"2025-01-01T00:00:00+00:00"',
      u: '"a0eebc99-9c0b-4ef8-bb6d-ffffffffffff"',
      bytes: json(`\\x${"ab".repeat(length / 2)}`),
    },
  });
  const shown = (id: number) =>
    `{"id":${id},${Object.entries(image(id, 150))
      .map(([name, source]) => `"${name}":${source}`)
      .join(",")}}`;
  const row = genes.size("row", 1, 2_000);
  return {
    relation: "things",
    queries: queries(genes, "things", search),
    rows: updates(genes, (at, isOld) => ({
      ...image(at, genes.pick("tie", [true, false]) ? 150 : row),
      n: isOld ? "1" : number(at),
    })),
    body: `[${shown(1)},${shown(2)}]`,
  };
};

export const guarded: Kind = (genes) => {
  const conditions = genes.size("conditions", 1, 50);
  const relation = genes.pick("changed", ["guarded", "members"]);
  return {
    relation,
    queries: queries(
      genes,
      "guarded",
      (at) => `select=id,a,parent&${list(conditions, (each) => `n=gt.${each}`).join("&")}&id=gt.-${at + 1}`,
    ),
    rows: updates(genes, (at, isOld) => ({ a: '"y"', n: String(isOld ? 1 : at + 3), parent: String(at) })),
    ...(genes.pick("window", [true, false]) && {
      body: `[${list(genes.size("shown", 1, 256), (at) => `{"id":${at + 900},"a":"x","parent":${at}}`).join(",")}]`,
    }),
  };
};

export const plain: Kind = (genes) => ({
  relation: "things",
  queries: queries(genes, "things", (at) =>
    genes.pick("search", [
      `id=gt.${at}`,
      `id=lt.-${at + 1}`,
      `select=a&id=neq.${at}`,
      `n=is.null&id=gt.${at}`,
    ]),
  ),
  rows: updates(genes, (at, isOld) => ({ a: '"x"', n: isOld ? "1" : String(at + 2) })),
});

/** The content of a page, whatever the query. */
export const text: Kind = (genes) => {
  const unit = genes.pick("unit", ["a", "\\n", "\\u00e9", "é", "{", "1"]);
  const length = genes.size("length", 1, 100_000);
  const form = genes.pick("form", ["text", "deep", "wide", "blank"]);
  const j =
    form === "deep"
      ? `${"[".repeat(Math.min(900, length))}${"]".repeat(Math.min(900, length))}`
      : form === "wide"
        ? `[${list(length / 4, () => "1").join(", ")}]`
        : form === "blank"
          ? `[${" ".repeat(length)}1${" ".repeat(length)}]`
          : "null";
  const columns = genes.size("columns", 1, 60);
  const more = Object.fromEntries(list(columns, (at) => `"${at}"`).map((each, at) => [`x${at}`, each]));
  return {
    relation: "things",
    queries: queries(genes, "things", (at) => `j=cs.[${at}]`),
    rows: updates(genes, () => ({ a: `"${form === "text" ? unit.repeat(length) : ""}"`, j, ...more })),
  };
};
