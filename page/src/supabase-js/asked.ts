import { PostgrestClient } from "@supabase/postgrest-js";
import { type Call, chainOf } from "./chain.ts";
import { NotReadable } from "./literals.ts";

/** A read as `explain` takes it. */
export interface Asked {
  /** `/rest/v1/articles?select=id` */
  readonly query: string;
  /** Those that shape the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

const SHAPING = ["accept", "accept-profile", "prefer", "range"];
const WRITES = new Set(["insert", "update", "upsert", "delete"]);
/** They say nothing to PostgREST. */
const WITHOUT_EFFECT = new Set(["returns", "overrideTypes", "throwOnError", "abortSignal", "retry"]);
const ORIGIN = "http://project.invalid";

/**
 * What somebody pasted, as a read: a URL, a path, a line with a URL in it (`curl …`), or one of supabase-js. The latter is
 * asked of supabase's own client, so that the query is the one that the program would send.
 *
 * @throws NotReadable
 */
export async function askedOf(pasted: string): Promise<Asked> {
  const text = pasted.trim();
  if (text === "") throw new NotReadable("Paste a URL, a path, or a line of supabase-js");
  if (text.startsWith("/")) return { query: encoded(text), headers: {} };
  const [url] = /https?:\/\/[^\s'"`<>]+/.exec(text) ?? [];
  if (url !== undefined && !/\.\s*(?:from|rpc)\s*[(<]/.test(text)) {
    if (!URL.canParse(url)) throw new NotReadable("The URL cannot be read");
    const { pathname, search } = new URL(url);
    return { query: pathname + search, headers: {} };
  }
  return sentBy(chainOf(text));
}

/** As browsers send what somebody types: with blanks, quotes and the like escaped. */
function encoded(path: string): string {
  return path.replace(/[\s"<>`{}|\\^]/g, encodeURIComponent);
}

/** The request that supabase-js makes of these calls. It goes nowhere. */
async function sentBy(calls: readonly Call[]): Promise<Asked> {
  const write = calls.find(({ name }) => WRITES.has(name));
  if (write) throw new NotReadable(`.${write.name}() writes: writes pass, and are never cached`);
  const sent: { url: URL; method: string; headers: Headers }[] = [];
  const client = new PostgrestClient(`${ORIGIN}/rest/v1`, {
    fetch: async (url, init) => {
      sent.push({
        url: new URL(String(url)),
        method: init?.method ?? "GET",
        headers: new Headers(init?.headers),
      });
      return new Response("[]", { headers: { "content-type": "application/json" } });
    },
  });
  const builder = calls.reduce<unknown>(called, client);
  if (!(typeof builder === "object" && builder !== null && "then" in builder)) {
    throw new NotReadable("It asks for nothing yet: .select() is missing");
  }
  await builder;
  const [request] = sent;
  if (request === undefined) throw new NotReadable("supabase-js would send no request for it");
  const { url, method, headers } = request;
  if (method !== "GET" && method !== "HEAD") {
    throw new NotReadable(
      `It is sent as ${method}, which passes and is never cached. A function that only reads is sent as GET with { get: true }`,
    );
  }
  const shaping = SHAPING.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { query: url.pathname + url.search, headers: Object.fromEntries(shaping) };
}

function called(target: unknown, { name, args }: Call): unknown {
  if (WITHOUT_EFFECT.has(name)) return target;
  // Only what supabase's classes define for queries: neither their fields nor what every object has.
  const method = name in Object.prototype ? undefined : (target as Record<string, unknown>)[name];
  if (typeof method !== "function") throw new NotReadable(`supabase-js has no .${name}() here`);
  try {
    return method.apply(target, args);
  } catch (error) {
    throw new NotReadable(`supabase-js refuses .${name}(): ${String(error)}`);
  }
}
