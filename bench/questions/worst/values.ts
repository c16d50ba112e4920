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

/** What conditions on long values take. */

export function patterns(operator: string, masked: boolean): Kind {
  return (genes) => {
    const length = genes.size("pattern", 1, 1_000);
    const parts = genes.size("parts", 1, 60);
    const inner = repeat(
      masked ? genes.pick("mask", ["_", "a_", "aa_", "_b"]) : texts(genes, "inner", 64),
      length,
    );
    const end = genes.pick("end", ["Q", "Q1Z", "", "b"]);
    const pattern = `*${list(parts, () => `${genes.pick("lead", ["", "b", "_"])}${inner.slice(0, Math.ceil(length / parts))}${end}`).join("*")}*`;
    const wrap = genes.pick("wrap", ["", "(any)", "(all)"]);
    const value =
      wrap === ""
        ? pattern
        : `{${list(parts, (at) => `"${pattern.slice(0, length / parts + 2)}${at}*"`).join(",")}}`;
    const text = texts(genes, "text", genes.size("text", 1, 300_000));
    return {
      relation: "things",
      queries: queries(genes, "things", (at) =>
        cut(`a=${operator}${wrap}.${value.replaceAll("😀", "%F0%9F%98%80")}&n=neq.${at}`),
      ),
      rows: updates(genes, (at, isOld) => ({ a: json(text), n: isOld ? "1" : String(at + 2) })),
    };
  };
}

export const logic: Kind = (genes) => {
  const width = genes.size("width", 1, 400);
  const depth = genes.size("depth", 1, 8);
  const test = genes.pick("test", [
    "a.eq.x",
    "a.like.*y*",
    "n.gt.3",
    "at.lt.2024-01-01",
    "a.in.(1,2)",
    "a.gt.b",
    "j->>k.eq.v",
    "texts.ov.{a}",
  ]);
  const leaf = (at: number) => `${test}${genes.pick("vary", [true, false]) && test.endsWith("x") ? at : ""}`;
  const kind = genes.pick("kind", ["or", "and", "not.and", "not.or"]);
  let inner = list(width, leaf).join(",");
  for (let at = 1; at < depth; at += 1) inner = `${kind}(${inner}),${leaf(at)}`;
  const outer = genes.pick("outer", ["or", "and", "not.or"]);
  const search = (at: number) => cut(`${outer}=(b.eq.${at},${inner})`);
  const long = texts(genes, "text", genes.size("text", 1, 2_000));
  return {
    relation: "things",
    queries: queries(genes, "things", search),
    rows: updates(genes, (at) => ({
      ...{ a: json(long), b: '"b"', n: String(at), at: '"2025-01-01T00:00:00+00:00"' },
      ...{ j: '{"k": "w"}', texts: '["b"]' },
    })),
  };
};

export const lists: Kind = (genes) => {
  const type = genes.pick("type", ["n", "a", "at", "u", "id", "bytes"]);
  const count = genes.size("count", 1, 2_000);
  const number = numbers(genes, "list");
  const values: Readonly<Record<string, (at: number) => string>> = {
    n: number,
    a: (at) => `${texts(genes, "element", genes.size("element", 1, 200))}${at}`,
    at: (at) => `2024-01-01T00:00:${10 + (at % 50)}${genes.pick("zone", ["Z", "", "%2B02"])}`,
    u: (at) => `a0eebc99-9c0b-4ef8-bb6d-${String(at).padStart(12, "0")}`,
    id: (at) => String(at),
    bytes: (at) => `\\x${"ab".repeat(genes.size("bytes", 1, 100))}${String(10 + (at % 80))}`,
  };
  const operator = genes.pick("operator", ["in", "eq(any)", "gt(all)", "lt(any)", "not.in", "eq(all)"]);
  const elements: string[] = [];
  for (let at = 0, length = 0; at < count && length < MAX_SEARCH - 300; at += 1) {
    const element = values[type]?.(at) ?? "";
    elements.push(element);
    length += element.length + 1;
  }
  const value = operator.endsWith("in") ? `(${elements.join(",")})` : `{${elements.join(",")}}`;
  const image = numbers(genes, "row");
  return {
    relation: "things",
    queries: queries(genes, "things", (at) => `${type}=${operator}.${value}&b=neq.${at}`),
    rows: updates(genes, (at) => ({
      ...{ n: image(at), a: json(texts(genes, "text", genes.size("text", 1, 20_000))), b: '"b"' },
      ...{ at: '"2025-01-01T00:00:00+00:00"', u: '"a0eebc99-9c0b-4ef8-bb6d-ffffffffffff"' },
      bytes: json(`\\x${"cd".repeat(genes.size("row bytes", 1, 5_000))}`),
    })),
  };
};

export const scalars: Kind = (genes) => {
  const test = genes.pick("operator", ["eq", "neq", "gt", "isdistinct", "not.lte"]);
  const number = numbers(genes, "literal");
  const image = numbers(genes, "row");
  const conditions = genes.size("conditions", 1, 100);
  const search = (at: number) => cut(list(conditions, (each) => `n=${test}.${number(at + each)}`).join("&"));
  return {
    relation: "things",
    queries: queries(genes, "things", search),
    rows: updates(genes, (at) => ({ n: image(at) })),
  };
};

export const arrays: Kind = (genes) => {
  const column = genes.pick("column", ["texts", "numbers", "floats"]);
  const operator = genes.pick("operator", ["ov", "cs", "cd", "eq", "neq", "isdistinct", "not.ov"]);
  const count = genes.size("count", 1, 2_000);
  const value = (at: number) =>
    column === "texts" ? `${genes.pick("stem", ["a", "aaaaaaaa", "NULL"])}${at}` : String(at);
  const literal = cut(`{${list(count, value).join(",")}`).slice(0, 7_900);
  const size = genes.size("size", 1, 20_000);
  const nested = genes.size("nested", 1, 900);
  const elements = list(size, (at) => (column === "texts" ? json(`b${at}`) : String(-at - 1))).join(", ");
  const image = `${"[".repeat(nested)}${elements}${"]".repeat(nested)}`;
  const numeric = column === "texts" ? "[]" : image;
  return {
    relation: "things",
    queries: queries(
      genes,
      "things",
      (at) => `${column}=${operator}.${literal.replace(/,[^,]*$/, "")}}&b=neq.${at}`,
    ),
    rows: updates(genes, () => ({
      b: '"b"',
      texts: column === "texts" ? image : "[]",
      numbers: numeric,
      floats: numeric,
    })),
  };
};

export const documents: Kind = (genes) => {
  const depth = genes.size("depth", 1, 900);
  const width = genes.size("width", 1, 5_000);
  const shape = genes.pick("shape", ["array", "object", "nested"]);
  const number = numbers(genes, "row");
  const value = genes.pick("value", ["number", "text", "struct"]);
  const each = (at: number) =>
    value === "number" ? number(at) : value === "text" ? json(`v${at}`) : `[${at}, {"k": ${at}}]`;
  const flat =
    shape === "object"
      ? `{${list(width, (at) => `"k${at}": ${each(at)}`).join(", ")}}`
      : `[${list(width, each).join(", ")}]`;
  const image = shape === "nested" ? `${'{"a": '.repeat(depth)}${flat}${"}".repeat(depth)}` : flat;
  const wanted = genes.size("wanted", 1, 600);
  const form = genes.pick("wanted form", ["array", "object", "nested", "struct"]);
  const literal =
    form === "nested"
      ? `${'{"a":'.repeat(wanted)}1${"}".repeat(wanted)}`
      : form === "object"
        ? `{${list(wanted, (at) => `"k${at}":${at}`).join(",")}}`
        : `[${list(wanted, (at) => (form === "struct" ? `[${at},{"k":0}]` : String(at))).join(",")}]`;
  const test = genes.pick("test", ["cs", "cd", "eq", "neq", "isdistinct", "path", "text path", "not.cs"]);
  const path = list(genes.size("path", 1, 32), () => "a").join("->");
  const search = (at: number) =>
    test === "path"
      ? `j->${path}=eq.${at}`
      : test === "text path"
        ? `j->${path}->>k=eq.${at}`
        : `j=${test}.${literal}`;
  return {
    relation: "things",
    queries: queries(genes, "things", (at) =>
      search(at).length < MAX_SEARCH - 20 ? `${search(at)}&b=neq.${at}` : "j=eq.1",
    ),
    rows: updates(genes, () => ({ b: '"b"', j: image })),
  };
};

export const untyped: Kind = (genes) => {
  const operator = genes.pick("operator", ["eq", "in", "neq", "gt", "eq(any)", "isdistinct"]);
  const count = genes.size("count", 1, 1_500);
  const value = genes.pick("value", ["1", "true", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "word"]);
  const elements = cut(list(count, (at) => `${value}${value === "1" ? at : ""}`).join(",")).slice(0, 7_900);
  const literal = operator === "in" ? `(${elements})` : operator === "eq(any)" ? `{${elements}}` : elements;
  const source = genes.pick("source", ["number", "text", "true"]);
  const long = genes.size("long", 1, 100_000);
  const image =
    source === "number" ? `1${"7".repeat(long)}` : source === "text" ? json(repeat("ab", long)) : "true";
  return {
    relation: "things",
    queries: queries(genes, "things", (at) => `a=${operator}.${literal}&b=neq.${at}`, true),
    rows: updates(genes, () => ({ a: image, b: "0" })),
  };
};

/** Unchanged, or changed in the last place. */
export const unchanged: Kind = (genes) => {
  const length = genes.size("length", 1, 20_000);
  const columns = genes.size("columns", 1, WIDTH);
  const shown = genes.size("shown", 1, 100);
  const text = texts(genes, "text", length);
  const last = genes.pick("last", ["", "x"]);
  const select = (at: number) => list(shown, (each) => `c${(at + each) % WIDTH}`).join(",");
  const isStar = genes.pick("star", [true, false]);
  const image = (isOld: boolean) =>
    Object.fromEntries(
      list(WIDTH, (at) => json(at < columns ? `${text}${isOld ? "" : last}`.slice(-length) : "")).map(
        (each, at) => [`c${at}`, each],
      ),
    );
  return {
    relation: "wide",
    queries: queries(genes, "wide", (at) => `select=${isStar ? "*" : select(at)}&id=gt.${at}`),
    rows: updates(genes, (_, isOld) => image(isOld)),
  };
};

export const floats: Kind = (genes) => {
  const size = genes.size("size", 1, 50_000);
  const column = genes.pick("column", ["floats", "j", "f"]);
  const element = genes.pick("element", ["10", "0.10", "-1", "101"]);
  const image = column === "f" ? `1.${"0".repeat(40)}1` : `[${list(size, () => element).join(", ")}]`;
  return {
    relation: "things",
    queries: queries(genes, "things", (at) => `select=id,${column}&id=gt.-${at + 1}`),
    rows: updates(genes, (at, isOld) => ({ [column]: image, n: isOld ? "1" : String(at + 2) })),
  };
};
