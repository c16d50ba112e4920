/** A value of one of the families of types that claims are compared as, printed as Postgres prints it. Null is NULL. */
export interface ClaimValue {
  readonly text: string | null;
  readonly family: "text" | "uuid" | "integer" | "numeric" | "boolean" | "json" | "enum";
}

const LIMITS: ReadonlyMap<string, bigint> = new Map([
  ["smallint", 1n << 15n],
  ["integer", 1n << 31n],
  ["bigint", 1n << 63n],
]);

/**
 * The value as another type, by Postgres' own name for that. Undefined when it is not certain what Postgres makes of it;
 * mostly it refuses, and the answer becomes an error.
 */
export function castTo({ text, family }: ClaimValue, type: string): ClaimValue | undefined {
  const target = LIMITS.has(type) ? "integer" : familyOf(type);
  if (target === undefined) return undefined;
  if (text === null) return { text, family: target };
  switch (target) {
    case "text":
      return family === "json" || family === "enum" ? undefined : { text, family: target };
    case "uuid":
      return isUuid(text) && isTextOr(family, "uuid")
        ? { text: text.toLowerCase(), family: target }
        : undefined;
    case "boolean":
      return isBoolean(text) && (isTextOr(family, "boolean") || family === "json")
        ? { text, family: target }
        : undefined;
    default: {
      if (!/^-?\d{1,18}$/.test(text) || ["uuid", "boolean", "enum"].includes(family)) return undefined;
      const value = BigInt(text);
      const limit = LIMITS.get(type);
      const fits = limit === undefined || (value < limit && value >= -limit);
      return fits ? { text: String(value), family: target } : undefined;
    }
  }
}

function familyOf(type: string): "text" | "uuid" | "numeric" | "boolean" | undefined {
  if (type === "uuid" || type === "numeric" || type === "boolean") return type;
  return isText(type) ? "text" : undefined;
}

/** Whether the type takes every text as it is. */
export function isText(type: string): boolean {
  return type === "text" || type === "character varying";
}

function isTextOr(family: ClaimValue["family"], other: ClaimValue["family"]): boolean {
  return family === "text" || family === other;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function isBoolean(text: string): boolean {
  return text === "true" || text === "false";
}
