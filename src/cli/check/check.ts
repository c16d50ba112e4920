/** ok: as it should be. warning: it works, but could work better. wrong: a promise does not hold. */
export type Severity = "ok" | "warning" | "wrong";

export type CheckName =
  | "configuration"
  | "wrangler"
  | "settings"
  | "project"
  | "silent-headers"
  | "capture-secret"
  | "capture-token"
  | "admin-secret"
  | "webhook-secret"
  | "nudge-secret"
  | "schema"
  | "pull"
  | "capture"
  | "prune"
  | "ddl"
  | "functions"
  | "function"
  | "exists"
  | "watched"
  | "columns"
  | "row-security"
  | "reads"
  | "audience"
  | "unused"
  | "gateway"
  | "proven"
  | "nudge"
  | "mirrors";

export interface Check {
  readonly name: CheckName;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

export function ok(name: CheckName, message: string): Check {
  return { name, severity: "ok", message };
}

export function warning(name: CheckName, message: string, fix: string): Check {
  return { name, severity: "warning", message, fix };
}

export function wrong(name: CheckName, message: string, fix: string): Check {
  return { name, severity: "wrong", message, fix };
}
