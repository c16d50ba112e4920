import { expect, test } from "vitest";
import { DEMO_CAPTURE_SQL } from "./capture.ts";
import { LEFT_SQL, lookIntoAll } from "./look-once.ts";

test("capture looks again until no function is left that it had no time for", async () => {
  let left = 3;
  let looks = 0;
  await lookIntoAll(async (sql) => {
    if (sql === LEFT_SQL) return Array(left).fill({});
    looks++;
    left--;
    return [];
  });
  expect([left, looks]).toEqual([0, 3]);
});

test("it asks for the very reason that capture notes", () => {
  const [reason = ""] = LEFT_SQL.match(/'.*'/) ?? [];
  expect(DEMO_CAPTURE_SQL).toContain(`then ${reason}`);
});
