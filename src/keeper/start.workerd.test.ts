import { env, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { settle } from "../runtime/virtual-clock.ts";
import { keeperClass } from "./durable-object.ts";
import type { KeeperParts } from "./ports/parts.ts";
import type { Described, PullRequest } from "./ports/ports.ts";
import { NOBODY_SIGNED_IN } from "./ports/settings.ts";
import type { SyncAnswer } from "./protocol/sync.ts";
import { ARTICLES, CONFIG } from "./testing/fixtures.ts";
import { PAGE } from "./testing/pull-rig.ts";
import { TABLE } from "./testing/rig.ts";

const { SCRATCH } = env as unknown as { readonly SCRATCH: DurableObjectNamespace };

const DESCRIBED: Described = {
  ...{ version: PAGE.schemaVersion, schema: "{}", watched: [ARTICLES], noticesDdl: true, settings: "" },
  ...{ anonObeysPolicies: true, bounds: true, roles: {} },
};

/** A database whose answers the test gives, in any order. */
function scripted() {
  const schemas: PromiseWithResolvers<Awaited<ReturnType<Database["schema"]>>>[] = [];
  const pages: (PromiseWithResolvers<string> & { readonly request: PullRequest })[] = [];
  const database: Database = {
    question: { tables: [ARTICLES], reader: null, roles: [] },
    schema() {
      const asked = Promise.withResolvers<Awaited<ReturnType<Database["schema"]>>>();
      schemas.push(asked);
      return asked.promise;
    },
    changes(request) {
      const asked = Promise.withResolvers<string>();
      pages.push({ ...asked, request });
      return asked.promise;
    },
    prune: async () => {},
  };
  return { database, schemas, pages };
}

type Database = NonNullable<KeeperParts["database"]>;

const page = (given: Partial<typeof PAGE> = {}) => JSON.stringify({ ...PAGE, flush: true, ...given });

/** A keeper on empty storage, as its Durable Object starts it. */
function onStart(
  test: (keeper: InstanceType<ReturnType<typeof classOf>>, script: Scripted) => Promise<void>,
  schemaReloadMs = 10_000,
) {
  return () =>
    runInDurableObject(SCRATCH.get(SCRATCH.newUniqueId()), async (_object, state) => {
      const script = { ...scripted(), ready: Promise.resolve() };
      // Without the platform's gate, so that a test knows when calls would be let in.
      const blockConcurrencyWhile = (work: () => Promise<void>) => {
        script.ready = work();
      };
      Object.defineProperty(state, "blockConcurrencyWhile", { value: blockConcurrencyWhile });
      await test(new (classOf(script.database, schemaReloadMs))(state, {}), script);
    });
}

interface Scripted extends ReturnType<typeof scripted> {
  /** The keeper has started. */
  readonly ready: Promise<void>;
}

function classOf(database: Database, schemaReloadMs: number) {
  return keeperClass<object>(() => ({
    settings: {
      ...{ configHash: CONFIG, tables: new Map([[ARTICLES, TABLE]]), audiences: NOBODY_SIGNED_IN },
      declared: { dependsOn: new Map(), tables: new Set([ARTICLES]) },
      limits: {
        ...{ maxKeys: 100, registryBytes: 1e6, newKeysPerClientPerMinute: 100, kvWritesPerDay: 100 },
        ...{ refillsPerMinute: 100, keeperMemoryBytes: 1e6 },
      },
      ...{ ownerTrustMs: 0, auditEveryMs: 0, schemaReloadMs, flightDeadlineMs: 9_000 },
    },
    origin: { fetch: () => Promise.reject(new Error("not asked here")), whoami: async () => "failed" },
    store: { put: async () => {} },
    digest: async (text) => text,
    database,
  }));
}

const NOTHING_KNOWN = { configHash: CONFIG, since: null, token: null, client: null, report: null };

describe("a keeper on empty storage", () => {
  it(
    "L1. asks for the schema and the first changes side by side, and proves answers after that one round trip",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      expect([schemas.length, pages.length]).toEqual([1, 1]);
      expect(pages[0]?.request).toEqual({ since: null, upto: null, after: null });
      pages[0]?.resolve(page());
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      const answer = await keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 });
      expect(answer).toMatchObject({ kind: "synced", proven: true });
      expect((answer as Extract<SyncAnswer, { kind: "synced" }>).age).toBeLessThan(10_000);
      // The schema is asked for again, in case that the database was replaced between the two, and nobody waits for it.
      expect([schemas.length, pages.length]).toEqual([2, 1]);
    }),
  );

  it(
    "P2. L1. counts the age of that pull from before it was asked, so that a strict read has one of its own",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      pages[0]?.resolve(page());
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      await keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 });
      schemas[1]?.resolve(DESCRIBED);
      // Time must pass: what is pulled in the very moment of a strict read may be older than it (P21).
      await scheduler.wait(2);
      const strict = keeper.sync({ ...NOTHING_KNOWN, boundMs: 0 });
      await settle();
      expect(pages).toHaveLength(2);
      pages[1]?.reject(new Error("enough"));
      await expect(strict).rejects.toThrow("enough");
    }),
  );

  it(
    "P1. L1. does not count that pull if the clock was set back meanwhile: its age is unknown",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 1_100);
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      clock.mockRestore();
      pages[0]?.resolve(page());
      const answer = keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 });
      await settle();
      expect(pages).toHaveLength(2);
      pages[1]?.reject(new Error("enough"));
      await expect(answer).rejects.toThrow("enough");
    }),
  );

  it(
    "I7. L1. does not count that pull before the schema has been asked for again, if the API is never late",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      pages[0]?.resolve(page());
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      let isAnswered = false;
      const answer = keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 }).finally(() => {
        isAnswered = true;
      });
      await settle();
      expect([schemas.length, isAnswered]).toEqual([2, false]);
      schemas[1]?.resolve(DESCRIBED);
      expect(await answer).toMatchObject({ kind: "synced", proven: true });
    }, 0),
  );

  it(
    "I7. L1. has later pulls wait until the schema has been asked for again, whatever became of the first time",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      pages[0]?.resolve(page());
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      await keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 });
      schemas[1]?.reject(new Error("not today"));
      await scheduler.wait(2);
      const strict = keeper.sync({ ...NOTHING_KNOWN, boundMs: 0 });
      await settle();
      pages[1]?.resolve(page({ flush: false }));
      await settle();
      expect(schemas).toHaveLength(3);
      schemas[2]?.resolve("unreadable");
      await expect(strict).rejects.toThrow("cannot be read");
    }),
  );

  it(
    "I7. L1. waits for the schema again if the changes are of another version than what was asked beside them",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      pages[0]?.resolve(page({ schemaVersion: PAGE.schemaVersion + 1 }));
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      let isAnswered = false;
      const answer = keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 }).finally(() => {
        isAnswered = true;
      });
      await settle();
      expect([schemas.length, isAnswered]).toEqual([2, false]);
      schemas[1]?.resolve({ ...DESCRIBED, version: PAGE.schemaVersion + 1 });
      expect(await answer).toMatchObject({ kind: "synced", proven: true });
    }),
  );

  it(
    "I9. L1. whose first changes fail pulls again for the next sync",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      pages[0]?.reject(new Error("not today"));
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      await expect(keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 })).rejects.toThrow("not today");
      const again = keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 });
      await settle();
      pages[1]?.resolve(page());
      await settle();
      schemas[1]?.resolve(DESCRIBED);
      expect(await again).toMatchObject({ kind: "synced", proven: true });
    }),
  );

  it(
    "I9. L1. whose first changes fail fails no strict read, which has a pull of its own",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      schemas[0]?.resolve(DESCRIBED);
      await script.ready;
      await scheduler.wait(2);
      const strict = keeper.sync({ ...NOTHING_KNOWN, boundMs: 0 });
      await settle();
      pages[0]?.reject(new Error("not today"));
      await scheduler.wait(2);
      pages[1]?.resolve(page());
      await settle();
      schemas[1]?.resolve(DESCRIBED);
      expect(await strict).toMatchObject({ kind: "synced", proven: true });
    }),
  );

  it(
    "I1. L1. without capture learns by webhooks, whatever becomes of the call for changes",
    onStart(async (keeper, script) => {
      const { schemas, pages } = script;
      schemas[0]?.resolve({ ...DESCRIBED, version: null, watched: null });
      await script.ready;
      expect(await keeper.sync({ ...NOTHING_KNOWN, boundMs: 10_000 })).toMatchObject({ proven: false });
      pages[0]?.reject(new Error("there is no such function"));
      await settle();
      expect(pages).toHaveLength(1);
    }),
  );
});
