import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, startWorld, until, type World, withinBound } from "../../testing/gateway/stack.ts";
import { LIVELY_MS } from "../../testing/gateway/tidemark.config.ts";

let world: World;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-crash-"));
  world = await startWorld({ persist: folder });
});

afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const article = (id: number) => `/rest/v1/articles?select=id,views&id=eq.${id}`;
const views = (answer: Answer): number => answer.json[0].views;

/** Reads an article until KV holds its entry. Asked of the keeper twice, as what it is asked for once is not put. */
async function inKv(id: number): Promise<void> {
  const kv = await world.gateway.kv();
  await world.read(article(id));
  await world.change(`update articles set views = views + 1 where id = ${id}`);
  await until(`KV holds article ${id}`, async () => {
    await world.read(article(id));
    return (await kv.list()).keys.some(({ name }) => name.includes(`id=eq.${id} `));
  });
}

describe("4: workerd is killed after a webhook was acknowledged", () => {
  it("at once: after the restart the change counts, and what KV has from before is refused", async () => {
    await inKv(1);
    await world.change("update articles set views = 1111 where id = 1");
    await world.gateway.kill();
    expect(views(await world.read(article(1)))).toBe(1_111);
  });

  it("with KV's old entry there, an entry of another table is still good", async () => {
    await world.read("/rest/v1/movies?select=id&id=eq.1");
    await world.gateway.kill();
    world.origin.reset();
    expect((await world.read("/rest/v1/movies?select=id&id=eq.1")).status).toBe(200);
  });

  it("while a fill is under way that has read the old row", async () => {
    const hold = world.origin.hold("id=eq.2");
    const broken = world.read(article(2)).catch(() => null);
    await hold.arrived;
    await world.change("update articles set views = 2222 where id = 2");
    await world.gateway.kill();
    hold.release();
    await broken;
    expect(views(await world.read(article(2)))).toBe(2_222);
  });

  it("in the middle of many webhooks: those acknowledged count", async () => {
    for (let id = 11; id < 20; id++) await world.read(article(id));
    world.webhooks.pause();
    for (let id = 11; id < 20; id++)
      await world.supabase.db.query(`update articles set views = ${id}000 where id = ${id}`);
    const payloads = [...world.webhooks.waiting];
    world.webhooks.lose();
    const acknowledged: number[] = [];
    const sending = payloads.map((payload) =>
      world.webhooks.send(payload).then(
        (status) => status === 200 && acknowledged.push(JSON.parse(payload).record.id),
        () => {},
      ),
    );
    await until("one is acknowledged", () => acknowledged.length > 0);
    await world.gateway.kill();
    await Promise.all(sending);
    for (const id of acknowledged) expect(views(await world.read(article(id)))).toBe(id * 1_000);
  });

  it("again and again", async () => {
    for (let round = 1; round <= 4; round++) {
      await world.read(article(41));
      await world.change(`update articles set views = ${round} where id = 41`);
      await world.gateway.kill();
      expect(views(await world.read(article(41)))).toBe(round);
    }
  });

  it("and changes still arrive afterwards", async () => {
    await world.read(article(1));
    const acknowledged = await world.change("update articles set views = 9999 where id = 1");
    await withinBound(
      LIVELY_MS,
      acknowledged,
      () => world.read(article(1)),
      (answer) => views(answer) === 9_999,
    );
  });
});
