import { WorkerEntrypoint } from "cloudflare:workers";
import type {
  ChangeSource,
  Origin,
  OriginAnswer,
  PullRequest,
  SchemaQuestion,
  SchemaSource,
} from "../keeper/ports/ports.ts";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { askChanges, askPrune, askSchema, type DatabaseTarget } from "./ask-database.ts";
import { askOrigin, type OriginTarget } from "./ask-origin.ts";
import { askWhoami } from "./ask-whoami.ts";

/** What the keeper asks of its Worker's `Origin` entrypoint. */
interface OriginCalls {
  ask(read: CacheableRead, token: string | null): Promise<OriginAnswer>;
  schema(question: SchemaQuestion): ReturnType<SchemaSource["schema"]>;
  changes(request: PullRequest): Promise<string>;
  prune(): Promise<void>;
  whoami(...asked: Parameters<Origin["whoami"]>): ReturnType<Origin["whoami"]>;
}

/** Where the entrypoint sends a request. */
export interface OriginTargets {
  readonly originFor: (read: CacheableRead) => OriginTarget;
  /** May throw: the call is then rejected, and the keeper takes the database for unreachable. */
  readonly database: () => DatabaseTarget;
}

export type OriginClass<Env> = new (ctx: ExecutionContext, env: Env) => WorkerEntrypoint<Env> & OriginCalls;

/**
 * The stateless entrypoint through which the keeper asks the origin. A Durable Object has six connections at a time,
 * shared by all its callers; each call of an entrypoint has its own.
 */
export function originClass<Env>(targetsOf: (env: Env) => OriginTargets): OriginClass<Env> {
  return class OriginEntrypoint extends WorkerEntrypoint<Env> implements OriginCalls {
    async ask(read: CacheableRead, token: string | null): Promise<OriginAnswer> {
      return askOrigin(read, token, targetsOf(this.env).originFor(read));
    }

    async schema(question: SchemaQuestion): ReturnType<SchemaSource["schema"]> {
      return askSchema(targetsOf(this.env).database(), question);
    }

    async changes(request: PullRequest): Promise<string> {
      return askChanges(targetsOf(this.env).database(), request);
    }

    async prune(): Promise<void> {
      return askPrune(targetsOf(this.env).database());
    }

    async whoami(...asked: Parameters<Origin["whoami"]>): ReturnType<Origin["whoami"]> {
      return askWhoami(targetsOf(this.env).database(), ...asked);
    }
  };
}

/**
 * So many fills the object asks for by itself, as the way through the entrypoint costs as much as the request. That leaves it
 * half of its connections, however long these take.
 */
const ASKED_BY_OBJECT = 3;

/**
 * The keeper's ports to the origin and the database: calls go to the `Origin` entrypoint of this very Worker, but for the
 * first few fills at a time.
 */
export function originPorts(
  ctx: DurableObjectState,
  question: SchemaQuestion,
  { originFor }: Pick<OriginTargets, "originFor">,
): { readonly origin: Origin; readonly database: SchemaSource & ChangeSource } {
  const entrypoint = () => (ctx.exports as unknown as { readonly Origin: OriginCalls }).Origin;
  let asking = 0;
  const askHere = async (read: CacheableRead, token: string | null) => {
    asking++;
    try {
      return await askOrigin(read, token, originFor(read));
    } finally {
      asking--;
    }
  };
  return {
    origin: {
      fetch: (read, token) =>
        asking < ASKED_BY_OBJECT ? askHere(read, token) : entrypoint().ask(read, token),
      whoami: (...asked) => entrypoint().whoami(...asked),
    },
    database: {
      question,
      schema: () => entrypoint().schema(question),
      changes: (request) => entrypoint().changes(request),
      prune: () => entrypoint().prune(),
    },
  };
}
