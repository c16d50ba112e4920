import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configured, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { PLACES } from "../mirrors/places.ts";
import { browser, CHROMIUM, cells, pageUrl, show, signIn } from "./browser.ts";

const number = (value: number) => value.toLocaleString("en-US");
const ARTICLE = "/rest/v1/articles?select=id,views&id=eq.1";

describe.skipIf(CHROMIUM === undefined)("the page, over a gateway with mirrors", () => {
  const { visit } = browser();
  let stack: Stack;

  beforeAll(async () => {
    const { env } = configured({
      tables: { articles: { freshness: "300ms" } },
      mirrors: { perRegion: 1 },
    });
    const isolates = PLACES.map(({ at }) => at);
    stack = await startStack({ entry: workers.mirrored, env, mirrors: true, changes: "pulled", isolates });
  });

  afterAll(() => stack?.stop());

  const stats = () =>
    until("the keeper answers", async () => {
      const { status, json } = await stack.admin("stats");
      return status === 200 && json;
    });

  it("M7. shows by region what stats counts of them, and says how they do", async () => {
    await until("mirrors of two regions have reported", async () => {
      await Promise.all(
        PLACES.map(({ at, continent }) =>
          stack.read(ARTICLE, { at, headers: { "x-test-continent": continent } }),
        ),
      );
      const { weur, oc } = (await stats()).mirrors;
      return weur?.answered > 0 && oc?.answered > 0 && weur.mirrors === 1 && oc.mirrors === 1;
    });
    const { page, complaints } = await visit(pageUrl(stack.gateway.url));
    await signIn(page);
    await show(page, "Health");
    for (const region of ["weur", "oc"])
      await expect
        .poll(async () => {
          const { mirrors, answered, failed, leftAlone, keeperCalls } = (await stats()).mirrors[region];
          const counted = [mirrors, answered, failed, leftAlone, keeperCalls].map(number);
          return { shown: (await cells(page, "Mirrors by region", region)).slice(0, 5), counted };
        })
        .toSatisfy(({ shown, counted }) => isDeepStrictEqual(shown, counted));
    await until("the check says how they do", async () => {
      const [state, says = ""] = await cells(page, "Checks", "Mirrors");
      return /well/.test(state ?? "") && /^Mirrors (?:answer \d+ % of|in 2 regions have asked)/.test(says);
    });
    expect(complaints).toEqual([]);
  });
});
