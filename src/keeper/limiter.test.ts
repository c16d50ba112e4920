import { describe, expect, it } from "vitest";
import { Limiter, type Place, type Priority } from "./limiter.ts";

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

  it("lets a waiting miss go before a refresh that waits longer", async () => {
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

  it("lets a refresh that became a miss go as one", async () => {
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

  it("lets one client hold half of the places, and a second one half of the rest", async () => {
    const limiter = new Limiter(64);
    const slow = work();
    const running = new Map<string, number>();
    const flood = (client: string) =>
      Array.from({ length: 130 }, () =>
        limiter.run(place("miss", client), () => {
          running.set(client, (running.get(client) ?? 0) + 1);
          return slow.promise;
        }),
      );
    const floods = ["a", "b", "c", "d", "e", "f"].flatMap(flood);
    await turns();
    expect([...running.values()]).toEqual([32, 16, 8, 4, 2, 1]);
    await expect(limiter.run(place("miss", "honest"), async () => "ran")).resolves.toBe("ran");
    slow.resolve();
    await Promise.all(floods);
  });

  it("lets those who wait take turns by client, however much one of them asks for", async () => {
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
