import { Draw } from "../workload/trace/draw.ts";
import { type Page, pageOf } from "./blog/pages.ts";
import type { Blog } from "./blog/schema.ts";
import { drawWrite, PUBLISHED, type Write } from "./blog/writes.ts";

export interface ReadArrival {
  readonly kind: "read";
  /** Whole milliseconds from the trace's begin. */
  readonly at: number;
  readonly page: Page;
  readonly isolate: number;
}

export interface WriteArrival {
  readonly kind: "write";
  readonly at: number;
  readonly write: Write;
  /** The isolate of the Worker that writes; null: somebody else does, as with `wrangler d1 execute`. */
  readonly isolate: number | null;
}

export type Arrival = ReadArrival | WriteArrival;

export interface TraceOptions {
  readonly blog: Blog;
  readonly seconds: number;
  /** Requests a second, reads and writes together. */
  readonly rate: number;
  /** Of all requests. */
  readonly writeShare: number;
  /** Of all writes: those that are not made by the Worker. */
  readonly outsideShare: number;
  readonly isolates: number;
  readonly seed: number;
}

const KINDS = [
  { kind: "post", weight: 60 },
  { kind: "front", weight: 25 },
  { kind: "author", weight: 15 },
] as const;

const FRONTS = 3;

/** Arrivals of a Poisson process. The newest posts are read most, and commented on most. */
export function traceOf(options: TraceOptions): readonly Arrival[] {
  const { blog, seconds, rate, writeShare, outsideShare, isolates, seed } = options;
  const draw = new Draw(seed);
  const arrivals: Arrival[] = [];
  let posts = blog.posts;
  const post = () => posts + 1 - draw.zipf(posts);
  const page = (): Page => {
    const { kind } = draw.weighted(KINDS);
    if (kind === "post") return pageOf(kind, post());
    if (kind === "front") return pageOf(kind, draw.zipf(FRONTS, 1.5) - 1);
    return pageOf(kind, draw.zipf(blog.authors));
  };
  for (let time = draw.gap(rate), turn = 0; time < seconds * 1_000; time += draw.gap(rate), turn++) {
    const at = Math.round(time);
    const isolate = draw.below(isolates);
    if (draw.unit() >= writeShare) {
      arrivals.push({ kind: "read", at, page: page(), isolate });
      continue;
    }
    const write = drawWrite({ draw, blog, post, turn });
    if (write.name === PUBLISHED) posts++;
    arrivals.push({ kind: "write", at, write, isolate: draw.unit() < outsideShare ? null : isolate });
  }
  return arrivals;
}
