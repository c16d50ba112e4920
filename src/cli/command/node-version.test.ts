import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { OLDEST_NODE, tooOldNode } from "./node-version.ts";

test.each(["18.20.4", "20.20.2", "22.11.0"])(
  "Node %s is told what is needed, in a line and a hint",
  (version) => {
    const text = tooOldNode(version) ?? "";
    expect(text.split("\n")).toEqual([
      expect.stringMatching(/^tidemark: this is Node .* needs 22\.12 or newer/),
      expect.stringMatching(/^ {2}/),
    ]);
    expect(text).toContain(version);
  },
);

test.each(["22.12.0", "22.22.1", "24.0.0"])("Node %s is new enough", (version) => {
  expect(tooOldNode(version)).toBeUndefined();
});

test("the version is the one that package.json names", () => {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  expect(JSON.parse(text)).toMatchObject({ engines: { node: `>=${OLDEST_NODE}` } });
});
