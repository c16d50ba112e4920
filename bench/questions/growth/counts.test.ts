import { describe, expect, it } from "vitest";
import { type Site, siteFigures } from "./virtual-site.ts";

const SITE: Site = { boundMs: 10_000, isolates: 8, rate: 100, keys: 100, seconds: 30 };

async function costs(site: Partial<Site>) {
  const { seconds } = { ...SITE, ...site };
  const { hits, reads, counts } = await siteFigures({ ...SITE, ...site });
  const calls = counts.syncs + counts.fills;
  return {
    hitShare: hits / reads,
    callsAThousand: (1_000 * calls) / hits,
    callsASecond: calls / seconds,
    pullsASecond: counts.pulls / seconds,
    originRequests: counts.originRequests,
  };
}

describe("what the proof costs a site without writes, in virtual time", () => {
  it("I1. is two calls a bound for each isolate, whatever the number of hits", async () => {
    const few = await costs({ isolates: 16, rate: 320 });
    const many = await costs({ isolates: 64, rate: 320 });
    expect(few.callsASecond / 16).toBeLessThanOrEqual(0.25);
    expect(many.callsASecond / 64).toBeLessThanOrEqual(0.25);
    expect(many.hitShare).toBe(1);
  });

  it("I1. is one or two pulls a bound for all isolates together", async () => {
    for (const rate of [100, 1_000]) {
      for (const boundMs of [1_000, 10_000, 60_000]) {
        const { pullsASecond, originRequests } = await costs({ rate, boundMs });
        expect(pullsASecond, `${boundMs} ms, ${rate}/s`).toBeLessThanOrEqual(Math.max(2_000 / boundMs, 0.2));
        expect(originRequests).toBe(0);
      }
    }
  });

  it("I1. falls with the number of hits", async () => {
    const [slow, fast] = [await costs({ rate: 1 }), await costs({ rate: 1_000 })];
    expect(slow.callsAThousand).toBeGreaterThan(50 * fast.callsAThousand);
    expect(fast.callsAThousand).toBeLessThanOrEqual(10);
  });

  it("I1. with a bound of 0 is shared by all waiting readers of an isolate", async () => {
    const { callsAThousand, pullsASecond } = await costs({ boundMs: 0, rate: 1_000 });
    expect(callsAThousand).toBeLessThan(200);
    expect(pullsASecond).toBeLessThan(40);
  });
});
