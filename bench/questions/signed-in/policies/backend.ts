import * as v from "valibot";
import type { Described, WhoAmI } from "../../../../src/keeper/ports/ports.ts";
import { pathText } from "../../../../src/postgrest/claims/claims.ts";
import type { Backend } from "../../workload/deployment/backend.ts";
import { bodyOf, pullsOf } from "../../workload/deployment/database-backend.ts";
import type { Origin } from "../../workload/origin.ts";
import type { Query } from "../../workload/trace/trace.ts";
import { endOf, userOf } from "../trace/token.ts";

const whoAmI = v.object({ role: v.string(), claims: v.array(v.nullable(v.string())) });

/** What the database says of a user, by user and claims: no claim of a user changes. */
const said = new WeakMap<Origin, Map<string, Promise<WhoAmI>>>();

/**
 * The site's database, which accepts the trace's tokens until they end.
 *
 * @param canonical a query's path as the gateway asks for it
 */
export function signedInBackend(
  origin: Origin,
  queries: readonly Query[],
  canonical: (path: string) => string,
): Backend {
  const byReader = new Map(
    queries.map((query) => [`${canonical(query.path)} ${query.user ?? ""}`, query] as const),
  );
  const known = said.get(origin) ?? new Map<string, Promise<WhoAmI>>();
  said.set(origin, known);
  return {
    async read(path, token) {
      const user = userOf(token);
      const query = byReader.get(`${path} ${user}`) ?? byReader.get(`${path} `);
      if (query === undefined) throw new Error(`${path} is asked for a user who never asks for it`);
      return bodyOf(await origin.answer(query));
    },
    changes: pullsOf(origin),
    async schema(question) {
      return JSON.parse(await origin.schema(question)) as Described;
    },
    async whoami(token, paths) {
      const [user, expiresAt] = [userOf(token), endOf(token) + origin.begun];
      if (expiresAt <= origin.now) return "refused";
      const name = [user, ...paths.map(pathText)].join(" ");
      const answer =
        known.get(name) ??
        origin.whoami(user, paths).then((text) => ({ ...v.parse(whoAmI, JSON.parse(text)), exp: null }));
      known.set(name, answer);
      return { ...(await answer), exp: Math.floor(expiresAt / 1_000) };
    },
    prune: async () => {},
  };
}
