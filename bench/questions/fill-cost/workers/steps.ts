export type PathAndQuery = string;

interface Steps {
  bareFetch(path: PathAndQuery): Promise<ArrayBuffer>;
  bareAsk(path: PathAndQuery): Promise<{ readonly body: ArrayBuffer }>;
}

export interface StepsEnv {
  readonly KV: KVNamespace;
  readonly KEEPER: DurableObjectNamespace;
  readonly SUPABASE_URL: string;
}

export function pathOf(request: Request): PathAndQuery {
  const { pathname, search } = new URL(request.url);
  return pathname + search;
}

export function stepsOf({ KEEPER }: StepsEnv): Steps {
  return KEEPER.get(KEEPER.idFromName("keeper")) as unknown as Steps;
}

export function json(body: ArrayBuffer): Response {
  return new Response(body, { headers: { "content-type": "application/json; charset=utf-8" } });
}
