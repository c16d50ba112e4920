import { describe, expect, it } from "vitest";
import { costOf, type Usage } from "../../src/cost/cost.ts";
import { PAID_PLAN_DOLLARS, PRICES } from "../../src/cost/prices.ts";
import { textOf } from "../design/pages.ts";

/** The first rows of "Three sites" in docs/costs.md: what a day of each is like. */
interface Site {
  readonly reads: number;
  /** Of the reads, not in the isolate's memory. */
  readonly missesMemory: number;
  readonly isolates: number;
  readonly freshnessSeconds: number;
  readonly queries: number;
  readonly changes: number;
  /** Queries that a change touches. */
  readonly touched: number;
  /** `limits.kvWritesPerDay`. */
  readonly kvWritesPerDay: number;
}

const SITES: readonly Site[] = [
  {
    reads: 20_000,
    missesMemory: 0.2,
    isolates: 3,
    freshnessSeconds: 10,
    queries: 50,
    changes: 20,
    touched: 5,
    kvWritesPerDay: 900,
  },
  {
    reads: 1_000_000,
    missesMemory: 0.1,
    isolates: 20,
    freshnessSeconds: 10,
    queries: 2_000,
    changes: 5_000,
    touched: 4,
    kvWritesPerDay: 900,
  },
  {
    reads: 20_000_000,
    missesMemory: 0.02,
    isolates: 200,
    freshnessSeconds: 10,
    queries: 10_000,
    changes: 2_000,
    touched: 10,
    kvWritesPerDay: 30_000,
  },
];

const DAY_SECONDS = 86_400;
const ALARMS = 2_880;
/** What counters and history write on a day when something is counted in each minute (docs/admin.md, History). */
const ROWS_OF_STATISTICS = 4_344;

/** The formulas of the page. */
function usageOf(site: Site): Usage {
  const { reads, isolates, freshnessSeconds, queries, changes, touched } = site;
  const misses = reads * site.missesMemory;
  const syncs = Math.min(reads, (isolates * 2 * DAY_SECONDS) / freshnessSeconds);
  return {
    workerRequests: reads + changes,
    keeperCalls: syncs + misses + reads / 200 + changes + ALARMS,
    kvReads: misses,
    kvWrites: Math.min(site.kvWritesPerDay, queries + changes * touched),
    // Once for each start of the keeper; an hourly one is more than there are.
    rowsRead: 24 * queries,
    rowsWritten: ROWS_OF_STATISTICS + 2 * queries + changes * (2 + touched),
  };
}

/** A time to live of an hour, and an audit a minute. */
function databaseRequestsOf({ queries, changes, touched }: Site): number {
  return 24 * queries + changes * touched + 1_440;
}

describe("three sites, in docs/costs.md", () => {
  const page = textOf("docs/costs.md").replaceAll(/ +\|/g, " |").replaceAll(/\| +/g, "| ");
  const costs = SITES.map((site) => costOf(usageOf(site)));

  const row = (label: string, cells: readonly string[]) => `| ${label} | ${cells.join(" | ")} |`;

  it("are described by what is computed with", () => {
    const fields: readonly [string, (site: Site) => string][] = [
      ["reads a day", ({ reads }) => count(reads)],
      ["of these, not in the isolate's memory", ({ missesMemory }) => `${missesMemory * 100} %`],
      ["busy isolates, all day", ({ isolates }) => count(isolates)],
      ["queries", ({ queries }) => count(queries)],
      [
        "changes a day, and queries that each touches",
        ({ changes, touched }) => `${count(changes)}, ${touched}`,
      ],
      ["`limits.kvWritesPerDay`", ({ kvWritesPerDay }) => count(kvWritesPerDay)],
    ];
    for (const [label, textOfSite] of fields) expect(page).toContain(row(label, SITES.map(textOfSite)));
  });

  it("cost what src/cost says", () => {
    for (const [index, { label }] of Object.values(PRICES).entries()) {
      const lines = costs.map(({ lines }) => lines[index]);
      const cells = lines.map(
        (line) => `${count(line?.perDay ?? 0)}: ${dollars(line?.dollarsPerMonth ?? 0)}`,
      );
      expect(page).toContain(row(label, cells));
    }
    expect(page).toContain(
      row(
        "the plan",
        costs.map(() => dollars(PAID_PLAN_DOLLARS)),
      ),
    );
    expect(page).toContain(
      row(
        "**a month, on the paid plan**",
        costs.map(({ dollarsPerMonth }) => `**${dollars(dollarsPerMonth)}**`),
      ),
    );
  });

  it("spare the database what the page says", () => {
    const cells = SITES.map((site) => count(databaseRequestsOf(site)));
    expect(page).toContain(row("requests of the database, at most", cells));
  });

  it("are what the README rounds", () => {
    const [, shop] = costs.map(({ dollarsPerMonth }) => Math.round(dollarsPerMonth));
    expect(textOf("README.md")).toContain(`A million reads a day cost about $${shop} a month`);
  });

  it("say which of them fits the free plan", () => {
    expect(costs.map(({ fitsFree }) => fitsFree)).toEqual([true, false, false]);
    expect(page).toContain(
      row(
        "fits the free plan",
        costs.map(({ fitsFree }) => (fitsFree ? "yes: $0.00" : "no")),
      ),
    );
  });
});

function count(amount: number): string {
  return Math.round(amount).toLocaleString("en-US");
}

function dollars(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
