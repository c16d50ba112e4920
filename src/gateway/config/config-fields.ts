import * as v from "valibot";
import { isVolatile } from "../../postgrest/claims/claim-paths.ts";
import { parseDuration } from "../../runtime/duration.ts";
import { isConfigurable } from "../http/headers/header-role.ts";
import { mayBeKept } from "../http/headers/kept-headers.ts";

// The single fields of a configuration. What is wrong with one, its message says; how to mend it, `config-shape.ts`.

/** A column with its table: `posts.author_id`, `blog.posts.author_id`. */
export const columnName = v.pipe(
  v.string("is not a string"),
  v.regex(/^[^.]+\.[^.]+(?:\.[^.]+)?$/, "names no column of a table"),
);

export const relationName = v.pipe(
  v.string("is not a string"),
  // A schema's name holds no dot, because "schema.table" is split at the first one.
  v.regex(/^[^.]+(?:\..+)?$/, "is not the name of a relation"),
);

// PostgREST splits `db-schemas` at commas and trims. A name must fit into `Accept-Profile`. No dots, as above.
export const schemaName = v.pipe(
  v.string("is not a string"),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what no header may hold
  v.regex(/^[^\s,.](?:[^,.\x00-\x1f\x7f]*[^\s,.])?$/, "is not the name of a schema"),
);

export const NO_DURATION = "is not a duration";

export const duration = v.pipe(
  v.union([v.number(), v.string()], NO_DURATION),
  v.check((value) => milliseconds(value) !== undefined, NO_DURATION),
);

export const positiveDuration = v.pipe(
  duration,
  v.check((value) => milliseconds(value) !== 0, "is not longer than 0"),
);

const token = v.pipe(
  v.string("is not a string"),
  // RFC 9110 §5.6.2
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not the name of a header"),
);

const headerName = v.pipe(
  token,
  v.check((name) => isConfigurable(name.toLowerCase()), "is a header whose meaning is fixed"),
);

export const headerNames = v.optional(v.array(headerName, "is not a list"));

export const keptHeaders = v.optional(
  v.array(
    v.pipe(
      token,
      v.check((name) => mayBeKept(name.toLowerCase()), "is a header that the gateway answers for itself"),
    ),
    "is not a list",
  ),
);

export const originPath = v.pipe(
  v.string("is not a string"),
  v.regex(/^\/(?:[\w~!$&'()*+,;=:@.-]+(?:\/[\w~!$&'()*+,;=:@.-]+)*)?$/, "is not a plain path"),
  v.check((path) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path), "contains a dot segment"),
  // Otherwise a request's path could mean two things.
  v.check((path) => !/^\/(?:_tidemark|rest\/v1\/)/.test(path), "is a path that the gateway itself serves"),
);

export function count(least: number, most: number) {
  return v.optional(requiredCount(least, most));
}

export function requiredCount(least: number, most: number) {
  return v.pipe(
    v.number("is not a number"),
    v.integer("is not a whole number"),
    v.minValue(least, `is less than ${least}`),
    v.maxValue(most, `is more than ${most}`),
  );
}

export const webOrigin = v.pipe(
  v.string("is not a string"),
  v.check(
    (text) => text === "*" || (URL.canParse(text) && new URL(text).origin === text),
    "is not an origin",
  ),
);

export const roleName = v.pipe(
  v.string("is not a string"),
  v.minLength(1, "is empty"),
  v.check((role) => role !== "service_role", "sees every row, whatever policies say"),
);

export const functionName = v.pipe(
  v.string("is not a string"),
  v.regex(/^[^.()]+(?:\.[^()]+)?$/, "is not the name of a function"),
);

export const VOLATILE_CLAIM = "differs in every token";

export const claimName = v.pipe(
  v.string("is not a string"),
  v.regex(/^[^.]+(?:\.[^.]+)*$/, "is not the name of a claim"),
  v.check((claim) => !isVolatile(claim.split(".")), VOLATILE_CLAIM),
);

/** The members' schema, for an object only: valibot takes a list for an object with numbers for keys. */
export function objectOf<Shape extends v.GenericSchema>(shape: Shape, message: string) {
  const refused = v.custom<v.InferInput<Shape>>(() => false, message);
  return v.lazy((given) => (Array.isArray(given) ? refused : shape));
}

function milliseconds(value: number | string): number | undefined {
  try {
    return parseDuration(value);
  } catch {
    return undefined;
  }
}
