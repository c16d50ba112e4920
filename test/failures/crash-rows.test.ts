import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { configured, type Stack, startStack, workers } from "../../testing/gateway/stack.ts";
import { until } from "../../testing/patience.ts";
import { removeFolder } from "../../testing/remove-folder.ts";

// The library over a keeper whose marks of rows are written behind: workerd gets SIGKILL, and starts again on its disk.

const AUTHORS = [1, 2, 3];

let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-crash-rows-"));
  const { env } = configured({
    tables: { articles: true },
    keeper: { rows: { follow: ["articles.author_id"] } },
  });
  stack = await startStack({ changes: "pulled", entry: workers.library, env, persist: folder });
});

afterAll(async () => {
  await stack?.stop();
  removeFolder(folder);
});

const own = async (author: number) => (await stack.read(`/own/page?author=${author}`)).json;

const titles = async (author: number) =>
  (await stack.direct(`/rest/v1/articles?select=id,title&order=id&author_id=eq.${author}`)).json;

const change = (author: number, title: string) =>
  stack.supabase.db.query(`update articles set title = '${title}' where author_id = ${author}`);

it("R9, I4. whatever was told before workerd is killed, no page is older than the database, and those untouched stay", async () => {
  for (let round = 0; round < 2; round++) {
    for (const author of AUTHORS) {
      await own(author);
      await expect.poll(() => own(author)).toMatchObject({ status: "hit" });
    }
    await change(1, `${round}, known to the keeper`);
    // Its pull has told the keeper of the change; the marks may be in memory only.
    if (round % 2 === 0) expect((await own(1)).value).toEqual(await titles(1));
    await change(2, `${round}, known to nobody`);
    // The third one's entry is in KV, and no change of its rows was told. It is read again only where the keeper, which starts
    // anew, does not answer in the fence's time, as on a busy machine.
    await until("what is untouched stays", async () => {
      await stack.gateway.kill();
      const pages = [await own(1), await own(2), await own(3)];
      for (const [n, { value }] of pages.entries()) expect(value).toEqual(await titles(n + 1));
      await expect.poll(() => own(3)).toMatchObject({ status: "hit" });
      return pages[2].status === "hit";
    });
  }
});
