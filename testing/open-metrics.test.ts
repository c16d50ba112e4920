import { expect, test } from "vitest";
import { parseOpenMetrics } from "./open-metrics.ts";

const GOOD = `# TYPE a counter
# HELP a Say \\"so\\".
a_total{x="1",y="a\\\\b\\"c\\nd"} 3
a_total{x="2"} 0.5
# TYPE w_seconds histogram
# UNIT w_seconds seconds
w_seconds_bucket{le="0.5"} 1
w_seconds_bucket{le="1.0"} 1
w_seconds_bucket{le="+Inf"} 2
w_seconds_count 2
w_seconds_sum 7.5
# TYPE m stateset
m{m="on"} 1
m{m="off"} 0
# EOF
`;

test("reads what the specification allows", () => {
  const families = parseOpenMetrics(GOOD);
  expect([...families.keys()]).toEqual(["a", "w_seconds", "m"]);
  const [first] = families.get("a")?.samples ?? [];
  expect(first?.labels.get("y")).toBe('a\\b"c\nd');
  expect(families.get("w_seconds")).toMatchObject({ unit: "seconds", type: "histogram" });
});

test.each([
  ["no end", "# EOF\n", ""],
  ["something after the end", "# EOF\n", "# EOF\n# EOF\n"],
  ["an empty line", 'a_total{x="2"}', '\na_total{x="2"}'],
  ["a counter without its suffix", 'a_total{x="2"}', 'a{x="2"}'],
  ["a negative counter", "0.5", "-1"],
  ["a counter that is not a number", "0.5", "NaN"],
  ["a number in hexadecimal", "0.5", "0x1"],
  ["a timestamp", "0.5\n", "0.5 1520879607.789\n"],
  ["two spaces", '{x="2"} 0.5', '{x="2"}  0.5'],
  ["the same sample twice", 'x="2"', 'x="1",y="a\\\\b\\"c\\nd"'],
  ["a label twice", 'x="2"', 'x="2",x="3"'],
  ["a label without quotes", 'x="2"', "x=2"],
  ["an unknown escape", 'x="2"', 'x="\\t"'],
  ["a comma at the end", 'x="2"', 'x="2",'],
  ["a family in two pieces", "# TYPE m stateset", '# TYPE a counter\na_total{x="9"} 1\n# TYPE m stateset'],
  ["a type twice", "# HELP a", "# TYPE a counter\n# HELP a"],
  ["a sample before its type", "# TYPE a counter\n", ""],
  ["an unknown type", "# TYPE a counter", "# TYPE a count"],
  ["a unit that the name does not end with", "UNIT w_seconds seconds", "UNIT w_seconds bytes"],
  [
    "a family whose samples another may have",
    "# TYPE m stateset",
    "# TYPE a_total gauge\na_total 1\n# TYPE m stateset",
  ],
  ["no bucket for everything", 'w_seconds_bucket{le="+Inf"} 2\n', ""],
  ["buckets that do not add up", 'le="1.0"} 1', 'le="1.0"} 0'],
  ["a bound that is not canonical", 'le="1.0"', 'le="1"'],
  ["a count that is not that of all buckets", "count 2", "count 3"],
  ["a sum without a count", "w_seconds_count 2\n", ""],
  ["a state that is neither on nor off", 'm="on"} 1', 'm="on"} 2'],
  ["a comment", "# TYPE m", "# hello\n# TYPE m"],
])("refuses %s", (_what, part, instead) => {
  expect(GOOD).toContain(part);
  expect(() => parseOpenMetrics(GOOD.replace(part, () => instead))).toThrow();
});
