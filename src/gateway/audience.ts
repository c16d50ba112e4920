import type { Audience } from "../keeper/messages.ts";
import type { ResolvedConfig, ResolvedTable } from "./config.ts";
import type { BypassReason } from "./outcome.ts";

/**
 * What a request's credentials are: whose `apikey`, and whether `Authorization` says anything more. Without
 * Authorization Supabase answers as for the key itself.
 */
export type Credential = Audience | `${Audience}+token` | "other" | "none";

export function credentialOf(
  apikey: string | null,
  authorization: string | null,
  audiences: ResolvedConfig["audiences"],
): Credential {
  if (apikey === null || apikey === "") return "none";
  const audience =
    apikey === audiences.publishable
      ? "publishable"
      : apikey === audiences.legacyAnon
        ? "legacy-anon"
        : undefined;
  if (audience === undefined) return "other";
  return authorization === null || isBearerOf(authorization, apikey) ? audience : `${audience}+token`;
}

/** Whether somebody in particular asks. */
export function hasToken(credential: Credential): boolean {
  return credential === "publishable+token" || credential === "legacy-anon+token";
}

/** `Bearer <key>`; the scheme in any case (RFC 9110 §11.1). */
function isBearerOf(authorization: string, key: string): boolean {
  if (authorization.length === key.length + 7 && authorization === `Bearer ${key}`) return true;
  const space = authorization.indexOf(" ");
  return (
    authorization.slice(0, space).toLowerCase() === "bearer" && authorization.slice(space).trim() === key
  );
}

/**
 * Whose entry answers a read, or why none does. For a table declared `audience: "public"` the publishable key's
 * answer serves everybody who shows one of the two keys, whatever their token says.
 */
export function audienceOf(
  credential: Credential,
  search: string,
  table: ResolvedTable,
): Audience | BypassReason {
  // Supabase's API gateway also takes the key from the query, where it may be anybody's.
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
      return table.audience === "public" ? "publishable" : "user-token";
  }
}

/** Whether a raw query string has the parameter, in any case and any encoding. */
function hasParameter(search: string, name: string): boolean {
  if (!search.includes("%") && !search.toLowerCase().includes(name)) return false;
  return search.split(/[&;]/).some((parameter) => {
    const raw = parameter.split("=", 1)[0] ?? "";
    try {
      return decodeURIComponent(raw.replaceAll("+", " ")).trim().toLowerCase() === name;
    } catch {
      return false;
    }
  });
}
