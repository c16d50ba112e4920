import type { Feed, FeedHost } from "../ports/ports.ts";
import { BELIEVED_FOR_MS } from "../protocol/constants.ts";

/** Until the database says whether it captures changes, nothing can be proven. An earlier instance may have known. */
export function undecidedFeed({ clock }: FeedHost): Feed {
  const begunAt = clock.now();
  return {
    proven: false,
    asOf: () => Number.NEGATIVE_INFINITY,
    reach: () => Promise.reject(new Error("the database has not described itself yet")),
    alone: () => clock.sleep(Math.max(0, begunAt + BELIEVED_FOR_MS - clock.now())),
    nudge: () => {},
    forget: () => {},
  };
}
