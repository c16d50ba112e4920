import { describe, expect, it } from "vitest";
import { Limiter } from "./limiter.ts";

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
      limiter.run("miss", async () => {
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
    const blocked = [limiter.run("miss", () => first.promise), limiter.run("miss", () => second.promise)];
    const refresh = limiter.run("refresh", async () => void order.push("refresh"));
    const miss = limiter.run("miss", async () => void order.push("miss"));
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
      limiter.run("refresh", () => slow.promise),
      limiter.run("refresh", () => later.promise),
    ];
    await expect(limiter.run("miss", async () => "ran")).resolves.toBe("ran");
    slow.resolve();
    later.resolve();
    await Promise.all(refreshes);
  });

  it("frees the place of work that throws", async () => {
    const limiter = new Limiter(1);
    await expect(limiter.run("miss", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(limiter.run("miss", async () => 1)).resolves.toBe(1);
  });
});
