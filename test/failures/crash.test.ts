import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Stack, startStack, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";
import { until } from "../../testing/patience.ts";
import { removeFolder } from "../../testing/remove-folder.ts";

let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-crash-"));
  stack = await startStack({ persist: folder });
});

afterAll(async () => {
  await stack?.stop();
  removeFolder(folder);
});

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const views = (answer: Answer): number => answer.json[0].views;

/** Reads an article until KV holds its entry. Asks the keeper twice, because a key that is read once is not put. */
async function inKv(id: number): Promise<void> {
  const kv = await stack.gateway.kv();
  await stack.read(article(id));
  await stack.change(`update articles set views = views + 1 where id = ${id}`);
  await until(`KV holds article ${id}`, async () => {
    await stack.read(article(id));
    return (await kv.list()).keys.some(({ name }) => name.includes(`id=eq.${id} `));
  });
}

describe("I4. workerd is killed after a webhook was acknowledged", () => {
  it("at once: after the restart the change counts, and KV's older entry is refused", async () => {
    await inKv(1);
    await stack.change("update articles set views = 1111 where id = 1");
    await stack.gateway.kill();
    expect(views(await stack.read(article(1)))).toBe(1_111);
  });

  it("an entry in KV that no change has touched is still good", async () => {
    // A busy machine may not read KV in the time that a read waits for it.
    await until("the entry in KV is a hit", async () => {
      await inKv(3);
      await stack.gateway.kill();
      stack.origin.reset();
      const { cacheStatus } = await stack.read(article(3));
      return /^tidemark; hit; detail=kv/.test(cacheStatus) && stack.origin.reads.length === 0;
    });
  });

  it("while a fill is under way that has read the old row", async () => {
    const hold = stack.origin.hold("id=eq.2");
    const broken = stack.read(article(2)).catch(() => null);
    await hold.arrived;
    await stack.change("update articles set views = 2222 where id = 2");
    await stack.gateway.kill();
    hold.release();
    await broken;
    expect(views(await stack.read(article(2)))).toBe(2_222);
  });

  it("in the middle of many webhooks: those acknowledged count", async () => {
    for (let id = 11; id < 20; id++) await stack.read(article(id));
    stack.webhooks.pause();
    for (let id = 11; id < 20; id++)
      await stack.supabase.db.query(`update articles set views = ${id}000 where id = ${id}`);
    const payloads = [...stack.webhooks.waiting];
    stack.webhooks.lose();
    const acknowledged: number[] = [];
    const sending = payloads.map((payload) =>
      stack.webhooks.send(payload).then(
        (status) => status === 200 && acknowledged.push(JSON.parse(payload).record.id),
        () => {},
      ),
    );
    await until("one is acknowledged", () => acknowledged.length > 0);
    await stack.gateway.kill();
    await Promise.all(sending);
    for (const id of acknowledged) expect(views(await stack.read(article(id)))).toBe(id * 1_000);
  });

  it("again and again", async () => {
    for (let round = 1; round <= 4; round++) {
      await stack.read(article(41));
      await stack.change(`update articles set views = ${round} where id = 41`);
      await stack.gateway.kill();
      expect(views(await stack.read(article(41)))).toBe(round);
    }
  });

  it("and changes still arrive afterwards", async () => {
    await stack.read(article(1));
    const acknowledged = await stack.change("update articles set views = 9999 where id = 1");
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => stack.read(article(1)),
      (answer) => views(answer) === 9_999,
    );
  });
});
