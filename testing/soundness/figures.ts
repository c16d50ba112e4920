import { type Report, type Share, shareOf, type Tally, tally } from "./report.ts";

/** The figures of a run, as they are written down and sent from one process to another. */
export interface Figures {
  readonly pairs: number;
  readonly violations: number;
  readonly bareViolations: number;
  readonly groups: readonly Line[];
  readonly operators: readonly Line[];
  readonly rules: readonly (readonly [rule: string, pairs: number])[];
  readonly shares: readonly (readonly [name: string, share: Share])[];
}

type Line = readonly [name: string, pairs: number, harmless: number, spared: number];

export function figuresOf(report: Report): Figures {
  const lines = (tallies: ReadonlyMap<string, Tally>) =>
    [...tallies].map(([name, { pairs, harmless, spared }]): Line => [name, pairs, harmless, spared]);
  return {
    pairs: report.pairs,
    violations: report.violations.length,
    bareViolations: report.bareViolations.length,
    groups: lines(report.groups),
    operators: lines(report.operators),
    rules: [...report.rules],
    shares: [...report.shares],
  };
}

export function addUp(all: readonly Figures[]): Figures {
  const sum = (pick: (figures: Figures) => number) => all.reduce((total, each) => total + pick(each), 0);
  const rules = new Map<string, number>();
  for (const [rule, pairs] of all.flatMap((each) => each.rules))
    rules.set(rule, (rules.get(rule) ?? 0) + pairs);
  const shares = new Map<string, Share>();
  for (const [name, { changes, age, nothing }] of all.flatMap((each) => each.shares)) {
    const known = shareOf(shares, name);
    known.changes += changes;
    known.age += age;
    known.nothing += nothing;
  }
  return {
    pairs: sum(({ pairs }) => pairs),
    violations: sum(({ violations }) => violations),
    bareViolations: sum(({ bareViolations }) => bareViolations),
    groups: added(all.flatMap(({ groups }) => groups)),
    operators: added(all.flatMap(({ operators }) => operators)),
    rules: [...rules],
    shares: [...shares],
  };
}

function added(lines: readonly Line[]): readonly Line[] {
  const tallies = new Map<string, Tally>();
  for (const [name, pairs, harmless, spared] of lines) {
    const known = tally(tallies, name);
    known.pairs += pairs;
    known.harmless += harmless;
    known.spared += spared;
  }
  return [...tallies].map(([name, { pairs, harmless, spared }]): Line => [name, pairs, harmless, spared]);
}

/** Tables in Markdown; `before` are the figures of the run that these replace. */
export function tablesOf(figures: Figures, before: Figures | undefined): string {
  const rules = [...figures.rules].sort(([, a], [, b]) => b - a);
  return [
    precisionTable("queries", figures.groups, before?.groups),
    precisionTable("operator (no embeds)", figures.operators, before?.operators),
    shareTable(figures.shares, before?.shares),
    [
      "| verdict on harmless pairs | pairs |",
      "| --- | ---: |",
      ...rules.map(([rule, n]) => `| ${rule} | ${n} |`),
    ].join("\n"),
  ].join("\n\n");
}

function precisionTable(title: string, lines: readonly Line[], before: readonly Line[] = []): string {
  const known = new Map(before.map((line) => [line[0], line]));
  const rows = sorted(lines).map((line) => {
    const [name, pairs, harmless] = line;
    return `| ${name} | ${pairs} | ${harmless} | ${spared(known.get(name))} | ${spared(line)} |`;
  });
  return [
    `| ${title} | pairs | harmless | called unaffected, before | now |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

const spared = (line: Line | undefined) =>
  line === undefined ? "" : `${((100 * line[3]) / Math.max(1, line[2])).toFixed(1)} %`;

function shareTable(shares: Figures["shares"], before: Figures["shares"] = []): string {
  const known = new Map(before);
  const percent = (share: Share | undefined) =>
    share && `${((100 * share.changes) / (share.changes + share.age + share.nothing)).toFixed(1)} %`;
  const rows = sorted(shares).map(
    ([name, share]) =>
      `| ${name} | ${share.changes} | ${share.age} | ${share.nothing} | ${percent(known.get(name)) ?? ""} | ${percent(share)} |`,
  );
  return [
    "| queries of a fixture | kept by changes | by age | bypassed | by changes, before | now |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

const sorted = <T extends readonly [string, ...unknown[]]>(lines: readonly T[]): readonly T[] =>
  [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
