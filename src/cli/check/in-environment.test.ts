import { expect, test } from "vitest";
import { inEnvironment } from "./in-environment.ts";
import { secretChecks } from "./secret-checks.ts";

test("no command of a fix is for another environment than the one that is checked", () => {
  const checks = [
    ...secretChecks({}),
    ...secretChecks({ TIDEMARK_CAPTURE_SECRET: "short", TIDEMARK_ADMIN_SECRET: "short" }),
  ];
  const fixes = inEnvironment(checks, "staging").flatMap(({ fix }) => fix ?? []);
  expect(fixes).toHaveLength(3);
  for (const fix of fixes) {
    expect(fix).toMatch(/wrangler secret put \w+ --env staging/);
    expect(
      fix.replaceAll(
        /wrangler secret put \w+ --env staging|tidemark sql --env staging|\.dev\.vars\.staging/g,
        "",
      ),
    ).not.toMatch(/wrangler|tidemark sql|\.dev\.vars/);
  }
});

test("at the top level fixes stay as they are", () => {
  const checks = secretChecks({});
  expect(inEnvironment(checks, undefined)).toEqual(checks);
});
