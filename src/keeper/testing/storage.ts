import { env, runInDurableObject } from "cloudflare:test";
import { sqlOf } from "../ports/object-storage.ts";
import type { Sql } from "../ports/ports.ts";
import { Rig } from "./rig.ts";

const { SCRATCH } = env as unknown as { readonly SCRATCH: DurableObjectNamespace };

/** Runs a test inside a fresh Durable Object. */
export function onObjectStorage(test: (storage: DurableObjectStorage) => Promise<void>): () => Promise<void> {
  return () =>
    runInDurableObject(SCRATCH.get(SCRATCH.newUniqueId()), (_object, { storage }) => test(storage));
}

/** The same on its real SQLite, with the parts of a keeper. */
export function onStorage(test: (rig: Rig, sql: Sql) => Promise<void>): () => Promise<void> {
  return onObjectStorage(async (storage) => {
    const sql = sqlOf(storage);
    await test(new Rig(sql), sql);
  });
}
