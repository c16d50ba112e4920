import type { Check, Severity } from "./check.ts";

const SIGNS: Readonly<Record<Severity, string>> = { ok: "✓", warning: "!", wrong: "✗" };

/** One line per check, with the fix below it. */
export function textOf(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ severity, message, fix }) => [
    `${SIGNS[severity]} ${message}`,
    ...(fix === undefined ? [] : [`    ${fix}`]),
  ]);
  const count = (severity: Severity) => checks.filter((check) => check.severity === severity).length;
  const verdict =
    count("wrong") > 0
      ? `${count("wrong")} wrong, ${count("warning")} to consider.`
      : `Nothing is wrong, ${count("warning")} to consider.`;
  return `${[...lines, "", verdict].join("\n")}\n`;
}
