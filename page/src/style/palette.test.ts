import { describe, expect, it } from "vitest";
import { CONTRASTS, contrast, DARK, LIGHT, variables } from "./palette.ts";

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("the %s palette", (_, palette) => {
  it.each(CONTRASTS)("%s on %s has a contrast of %d", (fore, back, least) => {
    expect(contrast(palette[fore], palette[back])).toBeGreaterThanOrEqual(least);
  });
});

describe("contrast", () => {
  it("is WCAG's", () => {
    expect(contrast("#ffffff", "#000000")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
    expect(contrast("#123456", "#123456")).toBe(1);
  });

  it("is of the colours that the page has", () => {
    for (const [name, colour] of Object.entries(DARK)) expect(variables()).toContain(`--${name}:${colour}`);
  });
});
