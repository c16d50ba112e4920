import { printable } from "../print/table.ts";
import type { Check, Severity } from "./check.ts";

const SIGNS: Readonly<Record<Severity, string>> = { ok: "✓", warning: "!", wrong: "✗" };

/** Prints the checks, for people or as JSON, and sets exit code 1 when something is wrong. */
export function printChecks(checks: readonly Check[], asJson: boolean | undefined): void {
  const isWell = checks.every(({ severity }) => severity !== "wrong");
  process.stdout.write(asJson ? `${JSON.stringify({ ok: isWell, checks }, null, 2)}\n` : textOf(checks));
  if (!isWell) process.exitCode = 1;
}

/** One line per check, with the fix below it. */
function textOf(checks: readonly Check[]): string {
  const lines = checks.flatMap(({ severity, message, fix }) => [
    `${SIGNS[severity]} ${printable(message)}`,
    ...(fix === undefined ? [] : [`    ${printable(fix)}`]),
  ]);
  const count = (severity: Severity) => checks.filter((check) => check.severity === severity).length;
  const verdict =
    count("wrong") > 0
      ? `${count("wrong")} wrong, ${count("warning")} to consider.`
      : `Nothing is wrong, ${count("warning")} to consider.`;
  return `${[...lines, "", verdict].join("\n")}\n`;
}
