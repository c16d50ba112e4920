import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stack, startStack, withinBound, workers } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { until } from "../../testing/patience.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ entry: workers.cancellable });
});

afterAll(() => stack?.stop());

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;

async function faults(body: object): Promise<void> {
  await fetch(`${stack.gateway.url}/__test/faults`, { method: "POST", body: JSON.stringify(body) });
}

describe.each(["throw", "hang"] as const)("I9. KV's calls %s", (kv) => {
  const first = kv === "throw" ? 1 : 101;

  it("reads answer, cold and warm, and changes reach them within the bound", async () => {
    await faults({ kv });
    const target = article(first);
    const cold = await stack.read(target);
    expect(cold.status).toBe(200);
    expect(cold.body.equals((await stack.direct(target)).body)).toBe(true);
    expect((await stack.read(target)).cacheStatus).toMatch(/^tidemark; hit/);
    const acknowledged = await stack.change(`update articles set views = 77 where id = ${first}`);
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(target),
      (a) => a.json[0].views === 77,
    );
  });

  it("eighty concurrent keys answer", async () => {
    const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => stack.read(article(first + n))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
  });

  it("what is owed to KV is put when it works again", async () => {
    const target = article(first + 90);
    await stack.read(target);
    await stack.read(target);
    await stack.change(`update articles set views = 1 where id = ${first + 90}`);
    await stack.read(target, { headers: { "cache-control": "no-cache" } });
    await faults({ kv: null });
    const store = await stack.gateway.kv();
    await until("KV holds it", async () => {
      await stack.read(target);
      return (await store.list()).keys.some(({ name }) => name.includes(`id=eq.${first + 90} `));
    });
  });
});
