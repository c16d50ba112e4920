import { describe, expect, test } from "vitest";
import type { Finding } from "./compare.ts";

export interface Expected {
  /** Queries and writes that are errors, on both sides. */
  readonly throwing: readonly string[];
  /** Whether the driver caches. */
  readonly caching: boolean;
}

/** Declares a test for each query and each write. */
export function expectFindings(findings: readonly Finding[], { throwing, caching }: Expected): void {
  const of = (kind: Finding["kind"]) => findings.filter((finding) => finding.kind === kind);

  describe.each(of("read"))("$name", ({ cold, warm, differences, error }) => {
    test("is answered as by the bare driver, cold and warm", () => {
      expect(differences).toEqual([]);
      expect({ error, asked: cold > 0 }).toEqual({ error: "", asked: true });
    });

    test.runIf(caching)("is a hit when it is asked again", () => {
      expect(warm).toBe(0);
    });
  });

  test.each(of("passing"))(
    "$name: is answered by the database each time",
    ({ name, cold, warm, differences, error }) => {
      expect(differences).toEqual([]);
      expect(warm).toBe(cold);
      if (!throwing.includes(name)) expect(error).toBe("");
      else expect(error).not.toBe("");
    },
  );

  test.each(of("write"))(
    "$name: it and all reads after it are as by the bare driver",
    ({ name, differences, threw, error }) => {
      expect(differences).toEqual([]);
      if (!throwing.includes(name)) expect(error).toBe("");
      // Once by the driver that caches, once by another writer.
      else expect(threw).toBe(2);
    },
  );

  test.runIf(caching)("a write leaves what it does not touch in the cache", () => {
    const total = (kind: Finding["kind"], count: "cold" | "warm") =>
      of(kind).reduce((sum, finding) => sum + finding[count], 0);
    // Each write by the driver was followed by all queries.
    const asked = total("write", "warm") - of("write").length * total("passing", "cold");
    expect(asked).toBeLessThan(of("write").length * total("read", "cold"));
  });
}
