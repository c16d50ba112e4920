import type { KvBinding } from "../build.ts";
import { here } from "../platform/scope.ts";
import type { Conditions } from "./conditions.ts";

/** `env.KV` at a location, over a line that takes time and loses answers. */
export function kvBinding({ kv, timeline, weather }: Conditions, location: number): KvBinding {
  return {
    getWithMetadata(key) {
      const scope = here();
      const { random } = scope;
      const look = async () => {
        await timeline.sleep(weather.delay("kv-read", random));
        if (weather.happens("kv-read-fails", random)) throw new Error("KV GET failed: 500");
        const found = kv.get(key, location, random);
        return { value: found?.value ?? null, metadata: found?.metadata ?? null };
      };
      return scope.own(look());
    },
    put(key, value, { metadata }) {
      const scope = here();
      const { random } = scope;
      const put = async () => {
        // Some arrive long after every caller has given up.
        const isLate = weather.happens("kv-put-late", random);
        await timeline.sleep(isLate ? random.next() * 90_000 : weather.delay("kv-put", random));
        if (weather.happens("kv-put-fails", random)) throw new Error("KV PUT failed: 500");
        kv.put(key, { value, metadata });
        if (weather.happens("kv-put-ambiguous", random)) throw new Error("KV PUT failed: 500");
      };
      return scope.own(put());
    },
  };
}
