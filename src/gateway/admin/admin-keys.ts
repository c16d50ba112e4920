import type { Audience } from "../../keeper/protocol/entry.ts";
import { audienceOf, keyFor } from "../../keeper/protocol/names.ts";
import { credentialsOf } from "../classify/audience.ts";
import { type Classified, classify } from "../classify/classify.ts";
import type { ResolvedConfig } from "../config/config.ts";
import { asRest, isRefusal, parseTarget, type Target, type TargetRefusal } from "../http/request/target.ts";

/** The read that an admin names by a path such as `/rest/v1/articles?select=id`. */
export interface AskedQuery {
  readonly request: Request;
  readonly target: Target;
  readonly classified: Classified;
}

/** Some token of a reader who signs in. It is sent nowhere. */
const SOMEBODYS = { authorization: "Bearer somebodys" };

/**
 * The read that a caller of this audience makes with this path. Its key is without its end for those who sign in.
 *
 * @param headers in addition to supabase-js's default ones; null leaves one out
 * @throws TypeError when a name or a value cannot be that of a header
 */
export function askedAs(
  audience: Audience,
  path: string,
  config: ResolvedConfig,
  headers: Readonly<Record<string, string | null>> = {},
): AskedQuery | TargetRefusal {
  if (!path.startsWith("/")) return { code: "bad-path", detail: "a query begins with /rest/v1/" };
  const url = `https://tidemark.invalid${path}`;
  const taken = parseTarget(url);
  if (isRefusal(taken)) return taken;
  const target = asRest(taken, config.restPath);
  const all = new Headers({
    ...credentialsOf(audience, config.keys),
    ...(audience === "signed-in" && SOMEBODYS),
    "accept-profile": config.defaultSchema,
  });
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  const request = new Request(url, { headers: all });
  return { request, target, classified: classify(request, target.path, target.search, config) };
}

/** The audiences that have entries under this configuration. */
function audiencesOf({ keys, audiences }: ResolvedConfig): readonly Audience[] {
  return [
    "publishable",
    ...(keys.legacyAnon === null ? [] : (["legacy-anon"] as const)),
    ...(audiences.roles.length === 0 ? [] : (["signed-in"] as const)),
  ];
}

type WayToAsk = Readonly<Record<string, string | null>>;

/** What clients send by default: accept anything or JSON, and name the schema (as supabase-js does) or not. supabase-js's first. */
export const WAYS_TO_ASK: readonly [WayToAsk, ...WayToAsk[]] = [
  {},
  { accept: "application/json" },
  { "accept-profile": null },
  { "accept-profile": null, accept: "application/json" },
];

/**
 * The keys that an admin names. A canonical key (it holds a space, which a path cannot) stands for itself. A path
 * stands for its read by every audience with each of the default headers; of what depends on a person's claims the keys
 * are not known. When a name has no key: that name, and why.
 */
export function keysOf(
  names: readonly string[],
  config: ResolvedConfig,
): readonly string[] | { readonly name: string; readonly detail: string } {
  const keys = new Set<string>();
  for (const name of names) {
    if (name.includes(" ")) {
      keys.add(name);
      continue;
    }
    for (const [audience, headers] of audiencesOf(config).flatMap(waysOf)) {
      const asked = askedAs(audience, name, config, headers);
      if ("code" in asked) return { name, detail: asked.detail };
      if (asked.classified.kind === "bypass")
        return { name, detail: `it bypasses: ${asked.classified.reason}` };
      const { read } = asked.classified;
      // A table that is public gives those who sign in what everybody gets.
      if (read.audience !== "signed-in") keys.add(read.key);
      else for (const role of config.audiences.roles) keys.add(keyFor(read.key, audienceOf(role)));
    }
  }
  return [...keys];
}

function waysOf(audience: Audience) {
  return WAYS_TO_ASK.map((headers) => [audience, headers] as const);
}
