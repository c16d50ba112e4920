import type { D1Column } from "./schema.ts";

export type Affinity = "TEXT" | "NUMERIC" | "REAL" | "NONE";

/** What SQLite makes of a declared type. INTEGER compares as NUMERIC does. Undefined: a STRICT table takes it for another. */
export function affinityOf({ type }: D1Column): Affinity | undefined {
  const declared = type.toUpperCase();
  if (declared.includes("INT")) return "NUMERIC";
  if (/CHAR|CLOB|TEXT/.test(declared)) return "TEXT";
  if (declared === "" || declared.includes("BLOB")) return "NONE";
  if (/REAL|FLOA|DOUB/.test(declared)) return "REAL";
  return declared === "ANY" ? undefined : "NUMERIC";
}
