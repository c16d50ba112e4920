import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { removeFolder } from "../testing/remove-folder.ts";
import { type Gateway, startGateway } from "./workerd.ts";

const folder = mkdtempSync(join(tmpdir(), "tidemark-workerd-"));
const entry = join(folder, "worker.ts");
// Without the gateway: this tests the wiring that tests and benchmarks rely on.
writeFileSync(
  entry,
  `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
  export class Keeper extends DurableObject {
    async count() {
      const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
      await this.ctx.storage.put("count", count);
      return { count, greeting: await this.ctx.exports.Origin.greet() };
    }
  }
  export class Origin extends WorkerEntrypoint {
    greet() { return this.env.GREETING; }
  }
  let served = 0;
  export default {
    async fetch(request, env) {
      console.log("served");
      await env.KV.put("last", new URL(request.url).pathname);
      const counted = await env.KEEPER.get(env.KEEPER.idFromName("keeper")).count();
      return Response.json({ served: ++served, ...counted });
    },
  };`,
);
afterAll(() => removeFolder(folder));

const env = { GREETING: "hello" };
const ask = async (url: string) => (await fetch(`${url}/path`)).json();

async function withGateway(
  options: Partial<Parameters<typeof startGateway>[0]>,
  use: (gateway: Gateway) => Promise<void>,
) {
  const gateway = await startGateway({ entry, env, ...options });
  try {
    await use(gateway);
  } finally {
    await gateway.stop();
  }
}

test("one Worker has KV, the keeper and settings, and its log lines are handed over", async () => {
  const lines: string[] = [];
  await withGateway({ onLog: ({ message }) => lines.push(message) }, async (gateway) => {
    expect(await ask(gateway.url)).toEqual({ served: 1, count: 1, greeting: "hello" });
    expect(await (await gateway.kv()).get("last")).toBe("/path");
    expect(lines).toEqual(["served"]);
  });
});

test("isolates and peers share one keeper and KV but no memory", async () => {
  await withGateway({ isolates: ["a", "b"], peers: { peer: entry } }, async (gateway) => {
    expect(gateway.url).toBe(gateway.urlOf("a"));
    expect(await ask(gateway.urlOf("a"))).toEqual({ served: 1, count: 1, greeting: "hello" });
    expect(await ask(gateway.urlOf("b"))).toEqual({ served: 1, count: 2, greeting: "hello" });
    expect(await ask(gateway.urlOf("peer"))).toEqual({ served: 1, count: 3, greeting: "hello" });
    expect(() => gateway.urlOf("c")).toThrow("No Worker is named c");
  });
});

test("after a kill it comes back on the same URLs with its storage, and nothing else", async () => {
  await withGateway({ isolates: ["a", "b"] }, async (gateway) => {
    await ask(gateway.urlOf("a"));
    await gateway.kill();
    expect(await ask(gateway.urlOf("b"))).toEqual({ served: 1, count: 2, greeting: "hello" });
    expect(await ask(gateway.urlOf("a"))).toEqual({ served: 1, count: 3, greeting: "hello" });
    expect(await (await gateway.kv()).get("last")).toBe("/path");
    await gateway.kill();
    expect(await ask(gateway.urlOf("a"))).toMatchObject({ served: 1, count: 4 });
  });
});

test("state persists in the given folder", async () => {
  const persist = join(folder, "state");
  await withGateway({ persist }, async (gateway) => void (await ask(gateway.url)));
  await withGateway({ persist }, async (gateway) => {
    expect(await ask(gateway.url)).toMatchObject({ count: 2 });
  });
});

test("a Worker that does not compile rejects with the reason", async () => {
  const broken = join(folder, "broken.ts");
  writeFileSync(broken, 'import "./nowhere.ts"; export default {};');
  await expect(startGateway({ entry: broken, env })).rejects.toThrow(/nowhere\.ts/);
});
