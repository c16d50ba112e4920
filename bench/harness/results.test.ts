import { expect, it } from "vitest";
import { laidOut } from "./results.ts";

it("results are laid out as biome ci wants them", () => {
  const table = ["# Figures", "", "| what | ms |", "| --- | ---: |", "| a longer name | 1 |", ""].join("\n");
  expect(laidOut("figures.md", table)).toBe(
    [
      "# Figures",
      "",
      "| what          |  ms |",
      "| ------------- | --: |",
      "| a longer name |   1 |",
      "",
    ].join("\n"),
  );
  expect(laidOut("figures.json", `${JSON.stringify({ ms: [1, 2] }, null, 1)}\n`)).toBe(
    '{\n  "ms": [1, 2]\n}\n',
  );
});
