import { expect, test } from "vitest";
import { UsageReporter } from "../../fence/usage.ts";
import { VirtualClock } from "../../runtime/virtual-clock.ts";
import { UnshareableKeys } from "./unshareable-keys.ts";

const long = (n: number) => `${n} ${"x".repeat(15_000)}`;

test("I11. unshareable long keys are remembered up to about a megabyte, the latest ones", () => {
  const keys = new UnshareableKeys(new VirtualClock());
  for (let n = 0; n < 1_000; n++) keys.remember(long(n), "set-cookie");
  const known = Array.from({ length: 1_000 }, (_, n) => keys.reasonOf(long(n))).filter(
    (reason) => reason !== null,
  );
  expect(known.length).toBeGreaterThan(50);
  expect(known.length * 15_000).toBeLessThan(1_100_000);
  expect(keys.reasonOf(long(999))).toBe("set-cookie");
});

test("I11. a report carries keys up to a cap on their characters, and the next report the rest", () => {
  const reporter = new UsageReporter();
  for (const from of [0, 1_000]) {
    for (let n = 0; n < 256; n++) reporter.read(long(from + n));
    for (let again = 0; again < 256; again++) reporter.read(long(from));
    reporter.count("hits");
    const { keysRead = [] } = reporter.take() ?? {};
    expect(keysRead[0]).toBe(long(from));
    expect(keysRead.join("").length).toBeLessThan(100_000);
  }
});
