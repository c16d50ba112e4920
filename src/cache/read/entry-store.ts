import type { Call, Candidate } from "../context/call.ts";
import type { CacheContext, StoreTier } from "../context/context.ts";
import { decodeEntry, type Entry, encodeEntry } from "../entry/entry.ts";
import { CacheError } from "../entry/errors.ts";
import type { Miss } from "../entry/events.ts";
import { lifetimeOf, phaseOf } from "../entry/freshness.ts";
import { storeKey } from "../entry/keys.ts";
import { WRITE_ATTEMPTS, WRITE_RETRY_MS } from "../entry/limits.ts";
import { type MemoryEntry, memoryEntry } from "../entry/memory-entry.ts";
import { ENTRIES, NamedStore, type StoredEntry } from "../stores/named-store.ts";
import { judge } from "./candidate.ts";
import { putInMemory } from "./remember.ts";

/** The number of deletions at a time. A Worker may wait for the headers of six connections. */
const CONCURRENCY = 6;

/** Entries in a store that may fail or be slow: then a read goes on without it. */
export class EntryStore extends NamedStore implements StoreTier {
  async find(
    context: CacheContext,
    call: Call,
    learning: Promise<void> | undefined,
  ): Promise<Candidate | Miss> {
    let stored: StoredEntry;
    try {
      const key = storeKey(this.name, ENTRIES, call.qualified);
      const plain = typeof key === "string" ? key : await key;
      stored = decodeEntry(await this.timed(context.isolate.clock, () => this.port.get(plain)));
    } catch (error) {
      context.report({ type: "store-error", operation: "get", error });
      stored = "unknown";
    }
    if (learning !== undefined) await learning;
    return typeof stored === "string" ? stored : await promote(context, call, stored);
  }

  async put(context: CacheContext, qualified: string, entry: MemoryEntry): Promise<boolean> {
    const isWanted = () => context.isolate.fence.accepts(entry.names, entry.proof);
    const seconds = Math.ceil(lifetimeOf(entry.proof) / 1_000);
    const text = encodeEntry(entry);
    const put = (key: string) => this.port.put(key, text, seconds);
    const stored = await this.#write(context, qualified, "put", put, isWanted).catch(() => false);
    // It was invalidated meanwhile, and may have arrived after the deletion, even if the put seems to have failed. If a
    // newer entry was put meanwhile, this deletes that one, which costs a miss.
    if (!isWanted()) await this.#delete(context, qualified).catch(() => false);
    return stored;
  }

  async remove(context: CacheContext, keys: readonly string[]): Promise<void> {
    const errors: unknown[] = [];
    const queue = keys.values();
    const work = async () => {
      for (const key of queue) await this.#delete(context, key).catch((error: unknown) => errors.push(error));
    };
    const removing = Promise.all(Array.from({ length: CONCURRENCY }, work));
    context.anchor(removing);
    await removing;
    if (errors.length > 0) {
      const message = `${errors.length} of ${keys.length} keys could not be deleted`;
      throw new CacheError("invalidation-failed", message, { cause: errors[0] });
    }
  }

  #delete(context: CacheContext, qualified: string): Promise<boolean> {
    return this.#write(context, qualified, "delete", (key) => this.port.delete(key));
  }

  /**
   * True when it is done, false when it is no longer wanted. KV refuses a second write of a key within a second; this
   * tries again a second later. @throws what the store throws, or Error when it is too slow; both are reported as well
   */
  async #write(
    context: CacheContext,
    qualified: string,
    operation: "put" | "delete",
    run: (key: string) => Promise<void>,
    isWanted: () => boolean = () => true,
  ): Promise<boolean> {
    const { clock } = context.isolate;
    for (let attempt = 1; isWanted(); attempt++) {
      try {
        const key = await storeKey(this.name, ENTRIES, qualified);
        await this.timed(clock, () => run(key));
        return true;
      } catch (error) {
        if (attempt === WRITE_ATTEMPTS || !/\b429\b/.test(String(error))) {
          context.report({ type: "store-error", operation, error });
          throw error;
        }
        await clock.sleep(WRITE_RETRY_MS);
      }
    }
    return false;
  }
}

/** Puts an entry from the store into memory if this call may be served with it, or says why not. */
export async function promote(
  context: CacheContext,
  call: Call,
  { text, proof }: Entry,
): Promise<Candidate | Miss> {
  const { clock, fence, memoryTtlMs, namesOf } = context.isolate;
  const { key, names, policy, qualified } = call;
  const now = clock.now();
  if (phaseOf(proof, now) === "dead") return "expired";
  const isUntagged = proof.tags.length === 0 && policy.tags.length === 0;
  const allNames = isUntagged ? names : namesOf(context.path, key, proof.tags);
  const entry = memoryEntry(proof, text, allNames, now + memoryTtlMs);
  // The load of another machine began on that machine's clock, which proves nothing on this one (P1).
  if (proof.isolate !== fence.isolate) entry.provenAt = Number.NEGATIVE_INFINITY;
  // An entry that fails the schema is replaced, even if others use it: it may be from another version of this Worker.
  const candidate = await judge(context, call, entry, "store");
  if (typeof candidate === "object") putInMemory(context, qualified, entry);
  return candidate;
}
