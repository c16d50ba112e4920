import type { Gateway, GatewayEnv } from "../../../../../src/gateway/gateway.ts";
import { CALLS_PATH } from "../calls-path.ts";

/** The gateway's Worker, with its calls of the keeper counted. */
export function counting(worker: Gateway["worker"]): Gateway["worker"] {
  const calls: Record<string, number> = {};
  const counted = <Stub extends object>(stub: Stub): Stub =>
    new Proxy(stub, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          calls[String(name)] = (calls[String(name)] ?? 0) + 1;
          // Of a remote method, `member.apply` would be another remote method.
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  return {
    fetch(request, env, ctx) {
      if (new URL(request.url).pathname === CALLS_PATH) return Response.json(calls);
      const { KEEPER } = env;
      const namespace = {
        idFromName: (name: string) => KEEPER.idFromName(name),
        get: (id: DurableObjectId, options?: DurableObjectNamespaceGetDurableObjectOptions) =>
          counted(KEEPER.get(id, options)),
      };
      return worker.fetch(request, { ...env, KEEPER: namespace as GatewayEnv["KEEPER"] }, ctx);
    },
  };
}
