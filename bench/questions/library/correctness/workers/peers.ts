// Each peer behind the same three calls, in workerd: what `bench/questions/library/correctness` asks about.

import { cachified } from "@epic-web/cachified";
import { createCache as createUnkeyCache, DefaultStatefulContext, Namespace } from "@unkey/cache";
import { MemoryStore } from "@unkey/cache/stores";
import { createCache as createDedupeCache } from "async-cache-dedupe";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { Cacheable } from "cacheable";
import { createMemoryStorage, defineCachedFunction } from "ocache";
import { createCache } from "../../../../../src/cache/tidemark.ts";

interface Subject {
  read(key: string, load: () => Promise<string>, ctx: ExecutionContext): Promise<unknown>;
  delete(key: string, ctx: ExecutionContext): Promise<unknown>;
}

const MINUTES_MS = 600_000;
const loads = new Map<string, () => Promise<string>>();
const loadOf = (key: string) => (loads.get(key) as () => Promise<string>)();

const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  tidemark: () => {
    const root = createCache({ ttl: "10m" });
    return {
      read: (key, load, ctx) => root.with(ctx).getOrSet(key, load),
      delete: (key, ctx) => root.with(ctx).delete(key),
    };
  },
  bentocache: () => {
    const bento = new BentoCache({
      default: "cache",
      ttl: MINUTES_MS,
      stores: { cache: bentostore().useL1Layer(memoryDriver({ maxItems: 1_000 })) },
    });
    return {
      read: (key, load) => bento.getOrSet({ key, factory: load }),
      delete: (key) => bento.delete({ key }),
    };
  },
  "@epic-web/cachified": () => {
    const cache = new Map();
    return {
      read: (key, load, ctx) =>
        cachified({
          key,
          cache,
          ttl: MINUTES_MS,
          getFreshValue: load,
          waitUntil: (work) => ctx.waitUntil(work),
        }),
      delete: async (key) => cache.delete(key),
    };
  },
  ocache: () => {
    const storage = createMemoryStorage();
    const read = defineCachedFunction(loadOf, {
      maxAge: 600,
      name: "subject",
      getKey: (key) => key,
      storage,
    });
    return {
      read: (key, load) => {
        loads.set(key, load);
        return read(key);
      },
      delete: (key) => read.invalidate(key),
    };
  },
  cacheable: () => {
    const cache = new Cacheable({ ttl: MINUTES_MS });
    return { read: (key, load) => cache.getOrSet(key, load), delete: (key) => cache.delete(key) };
  },
  "@unkey/cache": () => {
    const store = new MemoryStore<string, string>({ persistentMap: new Map() });
    const options = { stores: [store], fresh: MINUTES_MS, stale: MINUTES_MS };
    const cache = createUnkeyCache({
      subject: new Namespace<string>(new DefaultStatefulContext(), options),
    });
    return {
      read: async (key, load) => {
        const { val, err } = await cache.subject.swr(key, load);
        if (err) throw err;
        return val;
      },
      delete: (key) => cache.subject.remove(key),
    };
  },
  "async-cache-dedupe": () => {
    const cache = createDedupeCache({ ttl: 600, storage: { type: "memory" } });
    const defined = cache.define("subject", loadOf);
    return {
      read: (key, load) => {
        loads.set(key, load);
        return defined.subject(key);
      },
      delete: (key) => cache.clear("subject", key),
    };
  },
};

const subjects = new Map<string, Subject>();
const counts = new Map<string, number>();

export default {
  async fetch(request: Request, _env: unknown, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    const name = url.searchParams.get("subject") ?? "";
    const key = url.searchParams.get("key") ?? "";
    const count = `${name} ${key}`;
    let subject = subjects.get(name);
    if (subject === undefined) {
      subject = SUBJECTS[name]?.() as Subject;
      subjects.set(name, subject);
    }
    if (url.pathname === "/loads") return Response.json(counts.get(count) ?? 0);
    if (url.pathname === "/delete") return Response.json(await subject.delete(key, ctx).then(() => true));
    const load = async () => {
      const n = (counts.get(count) ?? 0) + 1;
      counts.set(count, n);
      // I/O that belongs to the request, like that of a real load.
      await scheduler.wait(Number(url.searchParams.get("takes") ?? 0));
      return `load ${n}`;
    };
    return Response.json(await subject.read(key, load, ctx));
  },
};
