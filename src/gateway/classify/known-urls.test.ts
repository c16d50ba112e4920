import { describe, expect, it } from "vitest";
import { KnownUrls } from "./known-urls.ts";

const BYPASS = { kind: "bypass", reason: "cookie", table: null } as const;

describe("an isolate's memory of URLs", () => {
  it("is found by the URL as received", () => {
    const urls = new KnownUrls();
    const known = urls.add("https://a.example/rest/v1/b?c", { path: "/rest/v1/b", search: "c" });
    urls.remember(known, "GET publishable", BYPASS);
    expect(urls.get("https://a.example/rest/v1/b?c")?.classified.get("GET publishable")).toBe(BYPASS);
    expect(urls.get("https://a.example/rest/v1/b?d")).toBeUndefined();
  });

  it("I11. is bounded for any number of URLs and of header variants", () => {
    const urls = new KnownUrls();
    const url = (number: number) => `https://a.example/${number}?${"x".repeat(10_000)}`;
    for (let number = 0; number < 5_000; number++) {
      const known = urls.add(url(number), { path: `/${number}`, search: "" });
      for (let way = 0; way < 40; way++) urls.remember(known, `GET ${way}`, BYPASS);
      expect(known.classified.size).toBeLessThanOrEqual(16);
    }
    const kept = Array.from({ length: 5_000 }, (_, number) => urls.get(url(number))).filter(Boolean);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.reduce((sum, known) => sum + (known?.bytes ?? 0), 0)).toBeLessThanOrEqual(4_194_304);
  });

  it("I11. forgets a URL that would take too much memory", () => {
    const urls = new KnownUrls();
    const known = urls.add("https://a.example/", { path: "/", search: "" });
    for (let way = 0; way < 10; way++) urls.remember(known, `${way}`.padEnd(200_000), BYPASS);
    expect(urls.get("https://a.example/")).toBeUndefined();
  });
});
