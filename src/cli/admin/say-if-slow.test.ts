import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sayIfSlow } from "./say-if-slow.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is waited for is said once, and only of an answer that does not come soon", async () => {
  const say = vi.fn();
  const { promise, resolve } = Promise.withResolvers<string>();
  const asked = sayIfSlow(promise, say);
  expect(say).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(say).toHaveBeenCalledTimes(1);
  resolve("late");
  expect(await asked).toBe("late");

  expect(await sayIfSlow(Promise.resolve("soon"), say)).toBe("soon");
  await expect(sayIfSlow(Promise.reject(new Error("gone")), say)).rejects.toThrow("gone");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(say).toHaveBeenCalledTimes(1);
});
