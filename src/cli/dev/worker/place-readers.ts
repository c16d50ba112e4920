interface Fetches<Env, Context> {
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>;
}

/** The binding that says where readers are. Absent: nobody does. */
export const READERS_AT = "TIDEMARK_DEV_READERS_AT";

/** The same Worker, whose readers are where a binding says, as `request.cf` has it at Cloudflare. For a machine of one's own only. */
export function placeReaders<Env, Context, Worker extends Fetches<Env, Context>>(
  worker: Worker & Fetches<Env, Context>,
): Worker {
  return {
    ...worker,
    fetch(request: Request, env: Env, context: Context) {
      const cf = (env as Readonly<Record<string, unknown>>)[READERS_AT];
      // `cf` is workerd's; Node's types, by which this is checked, do not have it.
      const placed = cf === undefined ? request : new Request(request, { cf } as RequestInit);
      return worker.fetch(placed, env, context);
    },
  };
}
