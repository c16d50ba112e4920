import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalSearch } from "../query/canonical.ts";
import { parseQuery } from "../query/parse.ts";

/** `a(b(),c()),d()` as PostgREST keeps it while it adds parameters. */
interface Node {
  readonly name: string;
  readonly forest: readonly Node[];
}

function parseForest(text: string): readonly Node[] {
  const stack: Node[][] = [[]];
  for (const [, name] of text.matchAll(/(\w+)\(|\)/g)) {
    if (name === undefined) stack.pop();
    else {
      const forest: Node[] = [];
      stack.at(-1)?.push({ name, forest });
      stack.push(forest);
    }
  }
  return stack[0] ?? [];
}

const print = (forest: readonly Node[]): string =>
  forest.map(({ name, forest: inner }) => `${name}(${print(inner)})`).join(",");

/** `updateNode` of `Plan.hs`. */
function moved(forest: readonly Node[], [name, ...rest]: readonly string[]): readonly Node[] {
  const target = forest.find((node) => node.name === name);
  if (target === undefined) return forest;
  return [
    { name: target.name, forest: moved(target.forest, rest) },
    ...forest.filter((node) => node !== target),
  ];
}

/** A hash table orders by its keys: any order that ignores their original places will do. */
const hashOf = (key: string) =>
  [...key].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 1009, 7);

/** The forest as PostgREST answers it: a fold from the right over filters, then `order`, ranges and logic. */
function answered(search: string): string {
  const parameters = new URLSearchParams(search);
  const kinds: Record<"filter" | "order" | "range" | "logic", string[][]> = {
    ...{ filter: [], order: [], range: [], logic: [] },
  };
  const ranges = new Set<string>();
  for (const key of parameters.keys()) {
    const path = key.split(".");
    const word = path.pop() ?? "";
    if (word === "limit" || word === "offset") ranges.add([...path, "limit"].join("."));
    else if (word === "and" || word === "or") kinds.logic.push(path.filter((name) => name !== "not"));
    else if (key !== "select") kinds[word === "order" ? "order" : "filter"].push(path);
  }
  const hashed = [...ranges].sort((a, b) => hashOf(a) - hashOf(b) || (a < b ? -1 : 1));
  kinds.range = hashed.map((key) => key.split(".").slice(0, -1));
  let forest = parseForest(parameters.get("select") ?? "");
  for (const kind of ["filter", "order", "range", "logic"] as const)
    for (const path of kinds[kind].toReversed()) forest = moved(forest, path);
  return print(forest);
}

const PATHS = ["a", "b", "c", "d", "a.x", "a.y", "b.x", "b.y", "b.x.p", "b.x.q"];
const SELECTS = [
  "a(x(),y()),b(x(p(),q()),y()),c(),d()",
  "d(),c(),b(y(),x(q(),p())),a(y(),x())",
  "id,c(),a(y(),x()),n,b(x(p(),q()),y()),d()",
];
const AFTER = [
  ["id", "gt.1"],
  ["id", "gt.2"],
  ["order", "id"],
  ["order", "id.desc"],
  ["limit", "3"],
  ["limit", ""],
  ["offset", "0"],
  ["or", "(id.eq.1,id.eq.2)"],
  ["or", "(id.gt.1)"],
  ["and", "(id.gt.1,n.lt.2)"],
  ["not.and", "(id.gt.1,n.lt.2)"],
] as const;

test("embeds are requested in the order in which PostgREST would have answered them", () => {
  const parameter = fc
    .tuple(fc.constantFrom(...PATHS), fc.constantFrom(...AFTER))
    .map(([path, [word, value]]) => `${path}.${word}=${value}`);
  const searches = fc
    .tuple(fc.constantFrom(...SELECTS), fc.array(parameter, { maxLength: 8 }))
    .map(([select, parameters]) => [`select=${select}`, ...parameters].join("&"));
  let compared = 0;
  fc.assert(
    fc.property(searches, (search) => {
      let form: string;
      try {
        form = canonicalSearch(parseQuery("todos", search));
      } catch {
        return; // an offset beside an empty limit
      }
      compared += 1;
      expect(answered(form)).toBe(answered(search));
      expect(canonicalSearch(parseQuery("todos", form))).toBe(form);
    }),
    { seed: 17, numRuns: 5_000 },
  );
  expect(compared).toBeGreaterThan(4_000);
});
