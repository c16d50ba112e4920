import { describe, expect, it } from "vitest";
import { Limiter, MISSES_WAITING, type Place, type Priority } from "./limiter.ts";

function place(priority: Priority, client = "somebody"): Place {
  return { priority, client, enter: null };
}

function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}

const turns = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe("limiter", () => {
  it("runs no more than its places at once", async () => {
    const limiter = new Limiter(2);
    let running = 0;
    let most = 0;
    const jobs = Array.from({ length: 10 }, (_, n) =>
      limiter.run(place("miss", `client${n}`), async () => {
        most = Math.max(most, ++running);
        await turns();
        running--;
      }),
    );
    await Promise.all(jobs);
    expect(most).toBe(2);
  });

  it("runs a waiting miss before a refresh that has waited longer", async () => {
    const limiter = new Limiter(2);
    const [first, second] = [work(), work()];
    const order: string[] = [];
    const blocked = [
      limiter.run(place("miss"), () => first.promise),
      limiter.run(place("miss", "another"), () => second.promise),
    ];
    const refresh = limiter.run(place("refresh"), async () => void order.push("refresh"));
    const miss = limiter.run(place("miss"), async () => void order.push("miss"));
    first.resolve();
    await turns();
    second.resolve();
    await Promise.all([...blocked, refresh, miss]);
    expect(order).toEqual(["miss", "refresh"]);
  });

  it("keeps half of its places free of refreshes", async () => {
    const limiter = new Limiter(2);
    const [slow, later] = [work(), work()];
    const refreshes = [
      limiter.run(place("refresh"), () => slow.promise),
      limiter.run(place("refresh"), () => later.promise),
    ];
    await expect(limiter.run(place("miss"), async () => "ran")).resolves.toBe("ran");
    slow.resolve();
    later.resolve();
    await Promise.all(refreshes);
  });

  it("treats a refresh that became a miss as a miss", async () => {
    const limiter = new Limiter(2);
    const slow = work();
    const running = limiter.run(place("refresh"), () => slow.promise);
    const waits = place("refresh");
    const promoted = limiter.run(waits, async () => "ran");
    limiter.promote(waits, "somebody");
    await expect(promoted).resolves.toBe("ran");
    slow.resolve();
    await running;
  });

  /** Floods the limiter with this many reads of each client, which run until they are ended. */
  function flooded(limiter: Limiter, clients: readonly string[], reads = 130) {
    const running = new Map<string, number>();
    const slow = new Map<string, ReturnType<typeof work>[]>();
    const floods = clients.flatMap((client) =>
      Array.from({ length: reads }, () =>
        limiter.run(place("miss", client), async () => {
          const one = work();
          slow.set(client, [...(slow.get(client) ?? []), one]);
          running.set(client, (running.get(client) ?? 0) + 1);
          await one.promise;
          running.set(client, (running.get(client) ?? 0) - 1);
        }),
      ),
    );
    /** Ends a client's oldest read. */
    const end = async (client: string, count: number) => {
      for (const one of slow.get(client)?.splice(0, count) ?? []) one.resolve();
      await turns();
    };
    return { running, floods, end };
  }

  it("lets one client hold half of the places, and a second client half of the rest", async () => {
    const limiter = new Limiter(64);
    const other = work();
    const honest = limiter.run(place("miss", "other"), () => other.promise);
    const { running } = flooded(limiter, ["a", "b", "c", "d", "e", "f"]);
    await turns();
    expect([...running.values()]).toEqual([32, 16, 8, 4, 2, 1]);
    other.resolve();
    await honest;
  });

  it("I11. lends the other half to a client that is alone, at no cost to others", async () => {
    const limiter = new Limiter(64);
    const { running } = flooded(limiter, ["a", "b", "c", "d", "e", "f"]);
    await turns();
    // The first client's loan does not count for later clients.
    expect([...running.values()]).toEqual([64, 16, 8, 4, 2, 1]);
    await expect(limiter.run(place("miss", "honest"), async () => "ran")).resolves.toBe("ran");
  });

  it("I11. lends nothing more while other clients are active, and is repaid first", async () => {
    const limiter = new Limiter(64);
    const { running, end } = flooded(limiter, ["greedy"], 200);
    const other = work();
    const honest = limiter.run(place("miss", "honest"), () => other.promise);
    await turns();
    await end("greedy", 32);
    expect(running.get("greedy")).toBe(32);
    // The next client gets half of the rest, as if nothing had been lent.
    await end("greedy", 1);
    expect(running.get("greedy")).toBe(32);
    other.resolve();
    await honest;
    await turns();
    expect(running.get("greedy")).toBe(64);
  });

  it("I11. never runs more than half as many again as it has places", async () => {
    const limiter = new Limiter(64);
    let now = 0;
    let most = 0;
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const ends: (() => void)[] = [];
    const all: Promise<unknown>[] = [];
    for (let step = 0; step < 5_000; step++) {
      const phase = Math.floor(step / 250) % 5;
      if (random(3) > 0) {
        const { promise, resolve } = work();
        const client = phase === 0 ? "alone" : `client${random(phase)}`;
        const run = limiter.run(place(random(10) ? "miss" : "refresh", client), async () => {
          most = Math.max(most, ++now);
          ends.push(resolve);
          await promise;
          now--;
        });
        all.push(run);
      } else ends.splice(random(ends.length), 1)[0]?.();
      await Promise.resolve();
    }
    while (now > 0) {
      for (const end of ends.splice(0)) end();
      await turns();
    }
    await Promise.all(all);
    expect(most).toBeGreaterThan(64);
    expect(most).toBeLessThanOrEqual(96);
    // Every place is free again.
    const { running } = flooded(limiter, ["a", "b"]);
    await turns();
    expect([...running.values()]).toEqual([64, 16]);
  });

  it("I9. lets work give up waiting, and never runs it afterwards", async () => {
    const limiter = new Limiter(1);
    const slow = work();
    const running = limiter.run(place("miss"), () => slow.promise);
    const waiting = [place("miss"), place("refresh")];
    const jobs = waiting.map((waits) => limiter.run(waits, async () => "ran"));
    for (const waits of waiting) limiter.giveUp(waits);
    expect(await Promise.all(jobs)).toEqual([null, null]);
    expect(limiter.waits("somebody")).toBe(0);
    slow.resolve();
    await running;
    await expect(limiter.run(place("miss"), async () => "ran")).resolves.toBe("ran");
  });

  it("I11. queues a thousand misses, and a few more of clients that have few", () => {
    const limiter = new Limiter(1);
    flooded(limiter, ["greedy"], 1 + MISSES_WAITING);
    expect(limiter.mayWait("greedy")).toBe(false);
    expect(limiter.mayWait("honest")).toBe(true);
  });

  it("serves waiting clients in turn, however much one of them asks for", async () => {
    const limiter = new Limiter(4);
    const held = Array.from({ length: 4 }, work);
    const blocked = held.map(({ promise }, n) => limiter.run(place("miss", `other${n}`), () => promise));
    const order: string[] = [];
    const ask = (client: string) => limiter.run(place("miss", client), async () => void order.push(client));
    const asked = [ask("greedy"), ask("greedy"), ask("greedy"), ask("first"), ask("second"), ask("greedy")];
    held[0]?.resolve();
    await Promise.all(asked);
    expect(order).toEqual(["greedy", "first", "second", "greedy", "greedy", "greedy"]);
    for (const { resolve } of held) resolve();
    await Promise.all(blocked);
  });

  it("moves work that a second reader waits for to that reader's turns", async () => {
    const limiter = new Limiter(4);
    const slow = work();
    const greedy = Array.from({ length: 10 }, () => limiter.run(place("miss", "greedy"), () => slow.promise));
    const shared = place("miss", "greedy");
    const joined = limiter.run(shared, async () => "ran");
    limiter.promote(shared, "honest");
    await expect(joined).resolves.toBe("ran");
    slow.resolve();
    await Promise.all(greedy);
  });

  it("frees the place of work that throws", async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(place("miss"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(limiter.run(place("miss"), async () => 1)).resolves.toBe(1);
  });
});
