import { describe, expect, it } from "vitest";
import type { OriginKey, ReaderKeys } from "../config/config.ts";
import { credentialOf, credentialsOf } from "./audience.ts";

const KEY = "the-key";
const LEGACY = "the-legacy-key";
const USER = "Bearer a.user.token";

const keysOf = (shownAs: OriginKey): ReaderKeys => ({ publishable: KEY, legacyAnon: LEGACY, shownAs });

type Case = [apikey: string | null, authorization: string | null, expected: string];

const CASES: Record<OriginKey, Case[]> = {
  "apikey+bearer": [
    [null, null, "none"],
    ["", null, "none"],
    [null, `Bearer ${KEY}`, "none"],
    [KEY, null, "publishable"],
    [KEY, `bearer  ${KEY}`, "publishable"],
    [KEY, USER, "publishable+token"],
    [KEY, "", "publishable+token"],
    [LEGACY, `Bearer ${LEGACY}`, "legacy-anon"],
    [LEGACY, `Bearer ${KEY}`, "legacy-anon+token"],
    ["other", null, "other"],
  ],
  apikey: [
    [null, null, "none"],
    [KEY, null, "publishable"],
    [KEY, `Bearer ${KEY}`, "publishable+token"],
    [LEGACY, null, "legacy-anon"],
    ["other", null, "other"],
  ],
  bearer: [
    [null, null, "none"],
    [KEY, null, "none"],
    [null, `Bearer ${KEY}`, "publishable"],
    [KEY, `Bearer ${KEY}`, "publishable"],
    [null, `Bearer ${LEGACY}`, "legacy-anon"],
    [null, USER, "publishable+token"],
    [KEY, USER, "publishable+token"],
    [null, KEY, "publishable+token"],
    ["other", `Bearer ${KEY}`, "other"],
    ["", `Bearer ${KEY}`, "other"],
  ],
  none: [
    [null, null, "publishable"],
    [null, USER, "publishable+token"],
    [null, "", "publishable+token"],
    [null, "Basic eDp5", "publishable+token"],
    [KEY, null, "other"],
    ["", null, "other"],
  ],
};

describe.each(Object.entries(CASES))("I8. if the key is sent as %s", (shownAs, cases) => {
  it.each(cases)("apikey %j and authorization %j are %s", (apikey, authorization, expected) => {
    expect(credentialOf(apikey, authorization, keysOf(shownAs as OriginKey))).toBe(expected);
  });

  it("a fill sends what an anonymous reader sends", () => {
    for (const audience of ["publishable", "legacy-anon"] as const) {
      if (shownAs === "none" && audience === "legacy-anon") continue;
      const sent = credentialsOf(audience, keysOf(shownAs as OriginKey));
      const { apikey = null, authorization = null } = sent;
      expect(credentialOf(apikey, authorization, keysOf(shownAs as OriginKey))).toBe(audience);
    }
  });
});
