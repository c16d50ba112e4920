import type { Audience, ProjectKey } from "../../keeper/protocol/entry.ts";
import type { ReaderKeys, ResolvedConfig, ResolvedTable } from "../config/config.ts";
import type { BypassReason } from "../http/outcome.ts";
import { parameterName } from "../http/request/parameter-name.ts";

/**
 * A request's credentials: the key it shows, and whether `Authorization` adds a token to it. Without `Authorization`,
 * Supabase answers as for the key itself.
 */
export type Credential = ProjectKey | `${ProjectKey}+token` | "other" | "none";

export function credentialOf(
  apikey: string | null,
  authorization: string | null,
  keys: ReaderKeys,
): Credential {
  switch (keys.shownAs) {
    case "apikey+bearer":
    case "apikey":
      return byApikey(apikey, authorization, keys);
    case "bearer":
      return byBearer(apikey, authorization, keys);
    case "none":
      // The origin does not use `apikey`, but SQL could read it, and a fill does not send it.
      if (apikey !== null) return "other";
      return authorization === null ? "publishable" : "publishable+token";
  }
}

function byApikey(
  apikey: string | null,
  authorization: string | null,
  { publishable, legacyAnon, shownAs }: ReaderKeys,
): Credential {
  if (apikey === null || apikey === "") return "none";
  const audience = apikey === publishable ? "publishable" : apikey === legacyAnon ? "legacy-anon" : undefined;
  if (audience === undefined) return "other";
  const isKeyAlone =
    authorization === null || (shownAs === "apikey+bearer" && isBearerOf(authorization, apikey));
  return isKeyAlone ? audience : `${audience}+token`;
}

/** Official clients repeat the key as `apikey`. Any other `apikey` is a user's own. */
function byBearer(
  apikey: string | null,
  authorization: string | null,
  { publishable, legacyAnon }: ReaderKeys,
): Credential {
  if (apikey !== null && apikey !== publishable && apikey !== legacyAnon) return "other";
  if (authorization === null) return "none";
  if (isBearerOf(authorization, publishable)) return "publishable";
  if (legacyAnon !== null && isBearerOf(authorization, legacyAnon)) return "legacy-anon";
  return "publishable+token";
}

/** The request headers that a reader of an audience sends to the origin, but for the token of one who signs in. */
export function credentialsOf(audience: Audience, keys: ReaderKeys): Readonly<Record<string, string>> {
  const key = (audience === "legacy-anon" ? keys.legacyAnon : keys.publishable) ?? "";
  switch (keys.shownAs) {
    case "apikey+bearer":
      return { apikey: key, authorization: `Bearer ${key}` };
    case "apikey":
      return { apikey: key };
    case "bearer":
      return { authorization: `Bearer ${key}` };
    case "none":
      return {};
  }
}

/** Whether a particular user asks. */
export function hasToken(credential: Credential): boolean {
  return credential === "publishable+token" || credential === "legacy-anon+token";
}

/** Whether the header is `Bearer <key>`, with the scheme in any case (RFC 9110 §11.1). */
function isBearerOf(authorization: string, key: string): boolean {
  if (authorization.length === key.length + 7 && authorization === `Bearer ${key}`) return true;
  const space = authorization.indexOf(" ");
  return (
    authorization.slice(0, space).toLowerCase() === "bearer" && authorization.slice(space).trim() === key
  );
}

/**
 * The audience whose entry answers a read, or why no entry does. For a table declared `audience: "public"` the
 * publishable key's answer serves every caller who shows one of the two keys, whatever their token. Where the key is
 * the bearer, or there is no key, it serves every caller with a token. For other tables whose answer a token leads to
 * is for the database to say, whichever of the keys comes with it.
 */
export function audienceOf(
  credential: Credential,
  search: string,
  table: ResolvedTable,
  { roles }: ResolvedConfig["audiences"],
): Audience | BypassReason {
  // Supabase's API gateway also takes the key from the query, and it may be another key.
  if (hasParameter(search, "apikey")) return "other-key";
  switch (credential) {
    case "none":
      return "no-key";
    case "other":
      return "other-key";
    case "publishable":
      return "publishable";
    case "legacy-anon":
      return table.audience === "public" ? "publishable" : "legacy-anon";
    case "publishable+token":
    case "legacy-anon+token":
      if (table.audience === "public") return "publishable";
      return roles.length > 0 ? "signed-in" : "user-token";
  }
}

/** Whether a raw query string has the parameter, whatever its case and encoding. */
function hasParameter(search: string, name: string): boolean {
  if (!search.includes("%") && !search.toLowerCase().includes(name)) return false;
  return search.split(/[&;]/).some((each) => parameterName(each.split("=", 1)[0] ?? "") === name);
}
