import { env, runInDurableObject } from "cloudflare:test";
import { sqlOf } from "../ports/object-storage.ts";
import type { Sql } from "../ports/ports.ts";
import { Rig } from "./rig.ts";

const { SCRATCH } = env as unknown as { readonly SCRATCH: DurableObjectNamespace };

/** Runs a test inside a fresh Durable Object, on its real SQLite. */
export function onStorage(test: (rig: Rig, sql: Sql) => Promise<void>): () => Promise<void> {
  return () =>
    runInDurableObject(SCRATCH.get(SCRATCH.newUniqueId()), async (_object, state) => {
      const sql = sqlOf(state.storage);
      await test(new Rig(sql), sql);
    });
}
