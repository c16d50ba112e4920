import { describe, expect, it } from "vitest";
import { Random } from "../../../testing/random.ts";
import { HeaderFingerprint } from "./header-fingerprint.ts";

const MAX = 64;

function taken(fingerprint: HeaderFingerprint, text: string): string | null {
  return fingerprint.take(text) ? fingerprint.sums.join(" ") : null;
}

describe("the fingerprint of a header", () => {
  it("is the same for the same text, whatever was taken before it", () => {
    const fingerprint = new HeaderFingerprint(MAX);
    const texts = ["Bearer a.b.c", "Bearer a.b.cd", "", "x", "y".repeat(MAX)];
    const first = texts.map((text) => taken(fingerprint, text));
    expect(texts.toReversed().map((text) => taken(fingerprint, text))).toEqual(first.toReversed());
    expect(new Set(first).size).toBe(texts.length);
  });

  it("S2. has each sum depend on every character, and on the length", () => {
    const fingerprint = new HeaderFingerprint(MAX);
    const alike: string[] = [];
    for (let length = 1; length <= MAX; length++) {
      const text = "a".repeat(length);
      fingerprint.take(text);
      const before = [...fingerprint.sums];
      const others = Array.from({ length }, (_, at) => `${text.slice(0, at)}b${text.slice(at + 1)}`);
      for (const other of [...others, text.slice(1), `${text.slice(1)}\0`]) {
        fingerprint.take(other);
        for (const [lane, sum] of fingerprint.sums.entries()) {
          if (sum === before[lane]) alike.push(`sum ${lane} of ${JSON.stringify(other)}`);
        }
      }
    }
    // Of these 6,600 sums one is alike by chance once in 300,000 runs.
    expect(alike.length, alike.join("\n")).toBeLessThan(2);
  });

  it("S2. is another one for each of 20,000 tokens that differ little", () => {
    const random = new Random(18);
    const fingerprint = new HeaderFingerprint(MAX);
    const seen = new Map<string, string>();
    let text = "e".repeat(MAX);
    for (let n = 0; n < 20_000; n++) {
      const at = random.below(MAX);
      text = text.slice(0, at) + String.fromCharCode(97 + random.below(26)) + text.slice(at + 1);
      const sums = taken(fingerprint, text) ?? "";
      expect(seen.get(sums) ?? text).toBe(text);
      seen.set(sums, text);
    }
    expect(seen.size).toBeGreaterThan(10_000);
  });

  it("is of no use elsewhere: each has factors of its own", () => {
    const [one, other] = [new HeaderFingerprint(MAX), new HeaderFingerprint(MAX)];
    expect(taken(one, "Bearer a.b.c")).not.toBe(taken(other, "Bearer a.b.c"));
  });

  it.each(["a".repeat(MAX + 1), "Bearer ä", "Bearer a\u{1F600}", "\u0141".repeat(MAX)])(
    "is none for %s",
    (text) => {
      expect(new HeaderFingerprint(MAX).take(text)).toBe(false);
    },
  );
});
