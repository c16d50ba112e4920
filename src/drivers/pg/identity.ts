import type { PgPool } from "./shapes.ts";

/** It cannot be told whose answers a pool gets. */
export class PoolIdentityError extends Error {
  override readonly name = "PoolIdentityError";
  readonly code = "name-required";
}

/** Whose answers a pool gets. */
export interface PoolIdentity {
  /** The database it reads, and as whom: part of every key. Without its password. */
  readonly name: string;
  /** With what it signs in there: only for this isolate's memory. Never part of a key, an event or an error. */
  readonly proof: string;
}

/** Hyperdrive makes up a host for each isolate: none would find in a store what another one has stored. */
const MADE_UP_HOST = /\.hyperdrive\.local$/i;

/** Parameters of a connection that decide neither where it leads nor what is answered there. All others are part of a name. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set(
  `ssl sslnegotiation keepalives keepalives_idle connect_timeout query_timeout application_name
  fallback_application_name`.split(/\s+/),
);

/**
 * Whose answers a pool gets, by the parameters with which its own `Client` connects: a connection string, its query, options
 * and the environment may each say them, and only the client knows which of them counts.
 *
 * @throws PoolIdentityError when that cannot be told: then the option `name` says it
 */
export function identityOf(pool: PgPool): PoolIdentity {
  const parameters = parametersOf(pool);
  const { user, host, database, password } = parameters;
  if (![user, host, database].every((part) => typeof part === "string"))
    throw refused("the pool does not say its user, host and database");
  if (MADE_UP_HOST.test(String(host))) throw refused("Hyperdrive's host is another one in each isolate");
  if (typeof password === "function") throw refused("the pool's password is made by a function");
  const told = Object.entries(parameters).filter(
    // What is false or empty is as if it were not there.
    ([key, value]) => !WITHOUT_MEANING.has(key) && value !== false && value !== "" && value !== null,
  );
  return { name: JSON.stringify(Object.fromEntries(told)), proof: proofOf(parameters) };
}

/** That of a pool whose callers say whose answers it gets. Its proof is what the pool tells, which may be nothing. */
export function identityNamed(name: string, pool: PgPool): PoolIdentity {
  try {
    return { name, proof: proofOf(parametersOf(pool)) };
  } catch (error) {
    if (error instanceof PoolIdentityError) return { name, proof: "" };
    throw error;
  }
}

type ClientClass = new (options: object) => { readonly connectionParameters?: unknown };

/** @throws PoolIdentityError when the pool does not tell */
function parametersOf(pool: PgPool): Readonly<Record<string, unknown>> {
  const { Client, options } = pool as { Client?: unknown; options?: Readonly<Record<string, unknown>> };
  if (typeof Client !== "function") throw refused("the pool does not say with which Client it connects");
  if (options?.stream !== undefined || options?.connection !== undefined)
    throw refused("the pool's connections are made by a function of yours");
  let parameters: unknown;
  try {
    // It connects to nothing before it is told to.
    ({ connectionParameters: parameters } = new (Client as ClientClass)(options ?? {}));
  } catch {
    // Its message may have the password.
    throw refused("the pool's connection string cannot be read");
  }
  if (typeof parameters !== "object" || parameters === null)
    throw refused("the pool's Client does not say to what it connects");
  return parameters as Readonly<Record<string, unknown>>;
}

/** A password, or what a client shows of a certificate. Without the host, which Hyperdrive makes up. */
function proofOf({ user, database, password, ssl }: Readonly<Record<string, unknown>>): string {
  const { key } = (ssl ?? {}) as { readonly key?: unknown };
  return JSON.stringify([user, database, password, ssl, key]);
}

const refused = (why: string) =>
  new PoolIdentityError(`${why}; say whose answers these are: cachedPg(pool, cache, { name: "main" })`);
