import { describe, expect, it } from "vitest";
import { settle } from "../../runtime/virtual-clock.ts";
import type { Keeper } from "../keeper.ts";
import { Footprints } from "../keys/footprints.ts";
import type { CacheableRead } from "../protocol/entry.ts";
import { ARTICLES, changeOf, responseOf } from "../testing/fixtures.ts";
import { type Rig, sync } from "../testing/rig.ts";
import { onStorage } from "../testing/storage.ts";
import { AUDIT_WEBHOOK_GRACE_MS } from "./audit.ts";

const EVERY_MS = 60_000;

function read(search: string): CacheableRead {
  const asked = { schema: "public", relation: "articles", search };
  const path = `/rest/v1/articles?${search}`;
  return { key: path, path, headers: {}, audience: "publishable", relation: ARTICLES, asked };
}

function audited(rig: Rig): Keeper {
  rig.auditEveryMs = EVERY_MS;
  rig.footprints = new Footprints({ dependsOn: new Map(), tables: new Set([ARTICLES]) }, null);
  return rig.start();
}

/** A read arrives when an audit is due; the origin answers the audit's request. */
async function audit(rig: Rig, keeper: Keeper, body: string): Promise<void> {
  await rig.clock.advance(EVERY_MS);
  const asked = rig.origin.asked.length;
  await sync(keeper);
  await settle();
  expect(rig.origin.asked.length).toBe(asked + 1);
  await rig.origin.answer(responseOf(body));
}

const differences = async (keeper: Keeper) => (await keeper.stats(null)).auditDifferences;

const [OLD, NEW] = ['[{"id":1,"title":"old"}]', '[{"id":1,"title":"changed, and nobody said so"}]'];

describe("the audit", () => {
  it(
    "I7. finds an answer that differs although no change was reported, names possible causes, and drops it everywhere",
    onStorage(async (rig) => {
      const keeper = audited(rig);
      await rig.filled(keeper, read("select=id,title"), OLD);
      const { position } = await sync(keeper);
      await audit(rig, keeper, NEW);
      await rig.clock.advance(AUDIT_WEBHOOK_GRACE_MS);
      const stats = await keeper.stats(null);
      expect(stats).toMatchObject({ audits: 1, auditDifferences: 1 });
      const found = {
        relation: ARTICLES,
        path: "/rest/v1/articles?select=id,title",
        cause: "table-not-watched",
      };
      expect(stats.findings).toMatchObject([found]);
      expect(rig.findings).toMatchObject([found]);
      expect(stats.position.mark).toBe(position.mark + 1);
    }),
  );

  it(
    "distinguishes a lost webhook from a table that has none",
    onStorage(async (rig) => {
      const keeper = audited(rig);
      await keeper.ingest([changeOf()]);
      await rig.filled(keeper, read("select=id,title"), OLD);
      await audit(rig, keeper, NEW);
      await rig.clock.advance(AUDIT_WEBHOOK_GRACE_MS);
      expect(rig.findings).toMatchObject([{ cause: "webhook-lost-or-undeclared-dependency" }]);
    }),
  );

  it(
    "does not count a difference that is explained by a change a moment later",
    onStorage(async (rig) => {
      const keeper = audited(rig);
      await rig.filled(keeper, read("select=id,title"), OLD);
      await audit(rig, keeper, NEW);
      await rig.clock.advance(AUDIT_WEBHOOK_GRACE_MS - 1);
      await keeper.ingest([changeOf()]);
      await rig.clock.advance(1);
      expect(await differences(keeper)).toBe(0);
    }),
  );

  it(
    "compares rows, embedded ones too, as a set if no order is requested, and gives no verdict on pages",
    onStorage(async (rig) => {
      const keeper = audited(rig);
      const pairs = [
        ["select=id", '[{"id":1},{"id":2}]', '[{"id":2},{"id":1}]', 0],
        ["select=id&limit=2", '[{"id":1},{"id":2}]', '[{"id":3},{"id":4}]', 0],
        ["select=tags", '[{"tags":["a","b"]}]', '[{"tags":["b","a"]}]', 1],
      ] as const;
      let expected = 0;
      for (const [search, before, after, found] of pairs) {
        await keeper.purge({ all: true });
        await rig.filled(keeper, read(search), before);
        await audit(rig, keeper, after);
        await rig.clock.advance(AUDIT_WEBHOOK_GRACE_MS);
        expected += found;
        expect([search, await differences(keeper)]).toEqual([search, expected]);
      }
    }),
  );

  it(
    "audits one key at a time, in turn, but none that is invalidated, and none at all when off",
    onStorage(async (rig) => {
      const keeper = audited(rig);
      for (const search of ["select=id", "select=title"]) await rig.filled(keeper, read(search), OLD);
      await audit(rig, keeper, OLD);
      await audit(rig, keeper, OLD);
      const asked = rig.origin.asked.slice(-2).map(({ read: { path } }) => path.split("=")[1]);
      expect(asked.sort()).toEqual(["id", "title"]);
      await keeper.ingest([{ kind: "flush", relation: ARTICLES }]);
      await settle();
      const before = rig.origin.asked.length;
      await rig.clock.advance(EVERY_MS);
      await sync(keeper);
      await settle();
      expect(rig.origin.asked.length).toBe(before);
      rig.auditEveryMs = 0;
      const silent = rig.start();
      await rig.filled(silent, read("select=id"), OLD);
      const then = rig.origin.asked.length;
      await rig.clock.advance(10 * EVERY_MS);
      await sync(silent);
      expect(rig.origin.asked.length).toBe(then);
    }),
  );
});
