import { describe, expect, it } from "vitest";
import { Limiter, type Place, type Priority } from "./limiter.ts";

function place(priority: Priority): Place {
  return { priority, enter: null };
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
    const jobs = Array.from({ length: 10 }, () =>
      limiter.run(place("miss"), async () => {
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
      limiter.run(place("miss"), () => second.promise),
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
    limiter.promote(waits);
    await expect(promoted).resolves.toBe("ran");
    slow.resolve();
    await running;
  });

  it("frees the place of work that throws", async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run(place("miss"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(limiter.run(place("miss"), async () => 1)).resolves.toBe(1);
  });
});
