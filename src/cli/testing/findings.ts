import type { Check } from "../check/check.ts";

/** All that is not well, as `sign name: message | fix`. */
export function findings(checks: readonly Check[]): string[] {
  const bad = checks.filter(({ severity }) => severity !== "ok");
  return bad.map(({ name, severity, message, fix }) => `${severity} ${name}: ${message} | ${fix}`);
}
