import { describe, expect, it } from "vitest";
import { filesUnder, textOf } from "./pages.ts";

/** Where the rules of each letter are defined. */
const DEFINED_IN = {
  P: "docs/design/protocol.md",
  I: "docs/design/architecture.md",
  V: "docs/design/verdicts.md",
  S: "docs/design/audiences.md",
  R: "docs/design/rows.md",
  M: "docs/design/mirrors.md",
  L: "docs/design/protocol.md",
} as const;

type Letter = keyof typeof DEFINED_IN;

/** Designs of future parts may cite letters of their own; everything else cites what is built. */
const BUILT = ["P", "I", "V", "S", "R", "M", "L"] as const;

/** JavaScript's engine. */
const NO_RULE = new Set(["V8"]);

const SOURCES = ["src", "test", "simulator", "demo", "bench", "examples"].flatMap((folder) =>
  filesUnder(folder, ".ts"),
);
const PAGES = [...filesUnder("docs", ".md"), "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];

/** A line that begins with a rule's number defines it, whatever the markup. */
function definedIn(page: string, letter: Letter): string[] {
  const found = textOf(page).matchAll(new RegExp(`^[-#|*\\s]*(${letter}\\d+)\\b`, "gm"));
  return [...new Set([...found].map(([, rule = ""]) => rule))];
}

function citedIn(text: string, letters: readonly Letter[]): string[] {
  const found = text.matchAll(new RegExp(`\\b(?:${letters.join("|")})\\d{1,2}\\b`, "g"));
  return [...found].map(([rule]) => rule).filter((rule) => !NO_RULE.has(rule));
}

/** Comments and strings; elsewhere in code a letter and a number may be any name. */
function wordsOf(code: string): string {
  const words = code.matchAll(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g);
  return [...words].map(([text]) => text).join("\n");
}

/** The invariants that the titles of tests begin with. */
function titledIn(code: string): string[] {
  const titles = code.matchAll(/["'`](I\d+(?:, I\d+)*)\. /g);
  return [...titles].flatMap(([, rules = ""]) => rules.split(", "));
}

describe("the rules", () => {
  const all = (Object.keys(DEFINED_IN) as Letter[]).map(
    (letter) => [letter, definedIn(DEFINED_IN[letter], letter)] as const,
  );
  const defined = new Set(all.flatMap(([, rules]) => rules));

  it("are numbered from 1, without a gap", () => {
    const count = { P: 22, I: 11, V: 4, S: 14, R: 10, M: 7, L: 4 };
    for (const [letter, rules] of all) {
      const numbers = Array.from({ length: count[letter] }, (_, index) => `${letter}${index + 1}`);
      expect(rules.toSorted(byNumber), DEFINED_IN[letter]).toEqual(numbers);
    }
  });

  it("exist, wherever code and tests cite them", () => {
    const unknown = SOURCES.flatMap((path) =>
      citedIn(wordsOf(textOf(path)), BUILT)
        .filter((rule) => !defined.has(rule))
        .map((rule) => `${path}: ${rule}`),
    );
    expect(unknown).toEqual([]);
  });

  it("exist, wherever a page cites them", () => {
    const unknown = PAGES.flatMap((path) => {
      const letters = path.startsWith("docs/design/") ? (Object.keys(DEFINED_IN) as Letter[]) : BUILT;
      return citedIn(textOf(path), letters)
        .filter((rule) => !defined.has(rule))
        .map((rule) => `${path}: ${rule}`);
    });
    expect(unknown).toEqual([]);
  });

  it("are all cited by code or tests that keep them", () => {
    const cited = new Set(SOURCES.flatMap((path) => citedIn(wordsOf(textOf(path)), BUILT)));
    // Exceptions that other rules point to (P17), and how pulls page (P19, in "P18 to P21").
    const silent = new Set(["P17", "P19"]);
    const expected = all.flatMap(([letter, rules]) =>
      (BUILT as readonly string[]).includes(letter) ? rules : [],
    );
    expect(expected.filter((rule) => !cited.has(rule) && !silent.has(rule))).toEqual([]);
  });
});

it("each invariant has a test whose title names it", () => {
  const titled = new Set(
    SOURCES.filter((path) => path.endsWith(".test.ts")).flatMap((path) => titledIn(textOf(path))),
  );
  const invariants = definedIn(DEFINED_IN.I, "I").sort(byNumber);
  expect([...titled].sort(byNumber)).toEqual(invariants);
});

it("nothing refers to papers outside of the repository", () => {
  const outside =
    /\.\.\/shared\/|\bshared\/[A-Za-z]+\.md|\b(?:PROTOCOL|PLATFORM|DESIGN|HOUSE|STYLE)\b(?:\.md|, rule)/;
  expect([...SOURCES, ...PAGES].filter((path) => outside.test(textOf(path)))).toEqual([]);
});

function byNumber(a: string, b: string): number {
  return a.charCodeAt(0) - b.charCodeAt(0) || Number(a.slice(1)) - Number(b.slice(1));
}
