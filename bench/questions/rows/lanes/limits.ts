import { type Lane, load, noLaneCounts } from "./lane.ts";

/** Each read asks the database. */
export const UNCACHED: Lane = {
  name: "no cache",
  promiseMs: 0,
  isProven: true,
  start(surroundings) {
    const counts = noLaneCounts();
    return {
      async read({ page }) {
        counts.loads++;
        const { text } = await load(surroundings, page);
        return { text, isHit: false };
      },
      counts: () => counts,
    };
  },
};

/**
 * One store for all isolates, which is told by nobody and knows everything: it loads when the result differs from the one that it
 * has, and when it has none.
 */
export const CLAIRVOYANT: Lane = {
  name: "clairvoyant",
  promiseMs: 0,
  isProven: true,
  start({ database }) {
    const counts = noLaneCounts();
    const held = new Map<string, string>();
    return {
      async read({ page }) {
        const text = database.text(page);
        const isHit = held.get(page.key) === text;
        if (!isHit) {
          counts.loads++;
          held.set(page.key, text);
        }
        return { text, isHit };
      },
      counts: () => counts,
    };
  },
};
