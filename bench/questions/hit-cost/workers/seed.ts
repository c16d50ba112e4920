/** What a peer of the gateway shall answer to a URL; `PUT` there, as the bench does before it measures. */
export interface Seed {
  readonly body: ArrayBuffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Name of the request header that carries the answer's headers as JSON. */
const HEADERS = "x-seed-headers";

export async function seedOf(request: Request): Promise<Seed> {
  return {
    body: await request.arrayBuffer(),
    headers: JSON.parse(request.headers.get(HEADERS) ?? "{}") as Record<string, string>,
  };
}

/** All other requests are what is measured. */
export function isSeeding({ method }: Request): boolean {
  return method === "PUT";
}
