import { expect, it } from "vitest";
import type { TableConfig } from "./config.ts";
import { configIssues, resolveConfig } from "./resolve-config.ts";

const SETTINGS = { SUPABASE_URL: "https://abc.supabase.co", SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x" };

const issuesOf = (given: object, where: "tables" | "functions" = "tables") =>
  configIssues({ tables: {}, [where]: { a: given } } as never);

it("is told with the rest of a table and of a function", () => {
  const given: TableConfig = { freshness: "1m", staleWhileRevalidate: "5m", ttl: "6m" };
  const { tables, functions } = resolveConfig(
    { tables: { a: given, b: true }, functions: { f: given } },
    SETTINGS,
  );
  expect(tables.get("public.a")?.staleWhileRevalidateMs).toBe(300_000);
  expect(tables.get("public.b")?.staleWhileRevalidateMs).toBe(0);
  expect(functions.get("public.f()")?.staleWhileRevalidateMs).toBe(300_000);
});

it.each([
  [{ staleWhileRevalidate: "1h" }, 'Write at most "3590s", or raise ttl to "3610s"'],
  [
    { freshness: "250ms", staleWhileRevalidate: "1s", ttl: "1s" },
    'Write at most "750ms", or raise ttl to "1250ms"',
  ],
  [{ freshness: "2h", staleWhileRevalidate: "1s" }, 'Write at most "0s", or raise ttl to "7201s"'],
])("%j outlives the answer itself, which is an error that says what would do", (given, fix) => {
  for (const where of ["tables", "functions"] as const) {
    expect(issuesOf(given, where)).toEqual([
      {
        path: `${where}.a.staleWhileRevalidate`,
        message: "ends after the answer itself: with freshness it is longer than ttl",
        fix,
      },
    ]);
  }
});

it.each([
  [{ staleWhileRevalidate: "5 m" }, "is not a duration", 'Did you mean "5m"?'],
  [
    { staleWhileRevalidate: true },
    "is not a duration",
    'Write seconds as a number, or "250ms", "10s", "5m", "1h", "7d"',
  ],
  [{ staleWhileRevalidte: "5m" }, "is not a known field", "Did you mean staleWhileRevalidate?"],
  [
    { staleWhileRevalidate: -1 },
    "is not a duration",
    'Write seconds as a number, or "250ms", "10s", "5m", "1h", "7d"',
  ],
])("%j is an error that names the way to mend it", (given, message, fix) => {
  expect(issuesOf(given)).toMatchObject([{ message, fix }]);
});

it("a freshness that outlives its ttl was no error before, and is none without it", () => {
  expect(issuesOf({ freshness: "2h" })).toEqual([]);
  expect(issuesOf({ freshness: "2h", staleWhileRevalidate: 0 })).toEqual([]);
});
