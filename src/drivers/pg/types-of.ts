import type { PgPool, PgTypes } from "./shapes.ts";

const BY_CLASS = new WeakMap<object, PgTypes>();

/**
 * The parsers of a pool's connections, without one: those that it was given, or else those that its class of clients has.
 *
 * @throws Error when it has neither: then the option `types` says which
 */
export function typesOf(pool: PgPool): PgTypes {
  const { options, Client } = pool as { options?: { types?: unknown }; Client?: unknown };
  if (isTypes(options?.types)) return options.types;
  if (typeof Client !== "function")
    throw new Error("cachedPg: say which parsers values have: types: pg.types");
  const known = BY_CLASS.get(Client);
  if (known !== undefined) return known;
  // It connects to nothing before it is told to.
  const client: unknown = new (Client as new (config: object) => unknown)({});
  if (!isTypes(client)) throw new Error("cachedPg: say which parsers values have: types: pg.types");
  BY_CLASS.set(Client, client);
  return client;
}

const isTypes = (value: unknown): value is PgTypes =>
  typeof (value as Partial<PgTypes> | null | undefined)?.getTypeParser === "function";
