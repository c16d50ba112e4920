import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

const lines: string[] = [];
let stack: Stack;

// With deadlines that no test reaches: to a shorter one a busy machine is a keeper that does not answer.
beforeAll(async () => {
  stack = await startStack({ entry: workers.cancellable, onLog: ({ message }) => lines.push(message) });
});

afterAll(() => stack?.stop());

async function faults(body: object): Promise<void> {
  await fetch(`${stack.gateway.url}/__test/faults`, { method: "POST", body: JSON.stringify(body) });
}

const events = () => lines.map((line) => JSON.parse(line) as { event: string; since: string });

it("a keeper that does not answer is one line of the log however many reads fail, and one when it answers again", async () => {
  for (let id = 1; id <= 20; id++) await stack.read(article(id));
  expect(lines).toEqual([]);
  await faults({ keeper: "throw" });
  await until("the breaker is open", async () =>
    (await stack.read(article(1), { headers: { "cache-control": "no-cache" } })).cacheStatus.includes(
      "breaker-open",
    ),
  );
  await Promise.all(Array.from({ length: 50 }, (_, n) => stack.read(article(100 + n))));
  await until("the line has arrived", () => lines.length > 0);
  expect(events().map(({ event }) => event)).toEqual(["keeper-unreachable"]);
  await faults({ keeper: null });
  await until("the keeper answers again", async () => {
    await stack.read(article(1), { headers: { "cache-control": "no-cache" } });
    return lines.length > 1;
  });
  expect(events().map(({ event }) => event)).toEqual(["keeper-unreachable", "keeper-well"]);
  expect(events()[1]?.since).toBe(events()[0]?.since);
});
