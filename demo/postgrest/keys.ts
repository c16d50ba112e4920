import { roleToken } from "../capture.ts";

export interface ProjectKeys {
  readonly publishableKey: string;
  readonly secretKey: string;
}

export type Admission =
  /** The value of `Authorization` for PostgREST. `undefined`: send none. */
  { readonly authorization: string | undefined } | { readonly refused: string; readonly hint: string };

/**
 * Does what Supabase's API gateway does with `apikey`: a key of the project becomes a token of its role, unless the
 * request has a user's token. The legacy keys are such tokens themselves.
 */
export function admit(headers: Headers, { publishableKey, secretKey }: ProjectKeys): Admission {
  const apikey = headers.get("apikey");
  if (apikey === null) {
    return {
      refused: "No API key found in request",
      hint: "No `apikey` request header or url param was found.",
    };
  }
  const role = new Map([
    [publishableKey, "anon"],
    [roleToken("anon"), "anon"],
    [secretKey, "service_role"],
    [roleToken("service_role"), "service_role"],
  ]).get(apikey);
  if (role === undefined) {
    const hint = "Double check your Supabase `anon` or `service_role` API key.";
    return { refused: "Invalid API key", hint };
  }
  const authorization = headers.get("authorization");
  const isOfUser = authorization !== null && authorization !== `Bearer ${apikey}`;
  return { authorization: isOfUser ? authorization : `Bearer ${roleToken(role)}` };
}
