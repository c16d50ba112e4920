import { createClient } from "@supabase/supabase-js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  asked,
  client,
  json,
  reads,
  SUPABASE,
  servers,
  useFakeServers,
  write,
} from "../own-writes/testing/servers.ts";

useFakeServers();

const NOTES = `${SUPABASE}/rest/v1/notes?select=id`;

/** The reason that the gateway gives; null: it answers from the cache. */
let reason: string | null;

beforeEach(() => {
  reason = "user-token";
  servers.gateway = () =>
    json(reason === null ? "tidemark; hit; detail=memory" : `tidemark; fwd=bypass; detail=${reason}`);
});

const as = (token: string, more: Record<string, string> = {}) => ({
  headers: { apikey: "k", authorization: `Bearer ${token}`, ...more },
});

/** Where a read goes: `plain` to the gateway, `read` to Supabase. */
async function way(through: typeof fetch, url: string, init: RequestInit): Promise<string> {
  const before = asked.length;
  await through(url, init);
  return asked.slice(before).join();
}

describe("a read that bypasses because of who asks", () => {
  it.each(["user-token", "role-not-cached", "audience-unknown", "reads-request"])(
    "goes around the gateway for a minute: %s",
    async (given) => {
      reason = given;
      const read = client();
      expect(await way(read, NOTES, as("ada"))).toBe("plain");
      expect(await way(read, `${NOTES}&id=eq.3`, as("ada"))).toBe("read");
      vi.advanceTimersByTime(59_999);
      expect(await way(read, NOTES, as("ada"))).toBe("read");
      vi.advanceTimersByTime(1);
      expect(await way(read, NOTES, as("ada"))).toBe("plain");
    },
  );

  it.each(["token-unknown", "token-expired", "table-not-configured", "budget", "cannot-prove"])(
    "but not for what may be otherwise at once: %s",
    async (given) => {
      reason = given;
      const read = client();
      for (let n = 0; n < 2; n++) expect(await way(read, NOTES, as("ada"))).toBe("plain");
    },
  );

  it("is this token's, this relation's and this selection's alone", async () => {
    const read = client();
    await way(read, NOTES, as("ada"));
    reason = null;
    expect(await way(read, NOTES, as("boris"))).toBe("plain");
    expect(await way(read, `${SUPABASE}/rest/v1/articles?select=id`, as("ada"))).toBe("plain");
    expect(await way(read, `${SUPABASE}/rest/v1/notes?select=id,body`, as("ada"))).toBe("plain");
    expect(await way(read, NOTES, as("ada", { "accept-profile": "other" }))).toBe("plain");
    expect(await way(read, NOTES, { headers: { apikey: "k" } })).toBe("plain");
    expect(await way(read, NOTES, as("ada"))).toBe("read");
  });

  it("I11. is remembered for a bounded number of them, the latest ones", async () => {
    const read = client();
    for (let n = 0; n < 1_000; n++) await way(read, NOTES, as(`user ${n}`));
    reason = null;
    expect(await way(read, NOTES, as("user 0"))).toBe("plain");
    expect(await way(read, NOTES, as("user 999"))).toBe("read");
  });

  it("I6. reflects the client's writes, as Supabase answers it, and leaves other reads as they were", async () => {
    const read = client();
    await way(read, NOTES, as("ada"));
    await write(read);
    expect(await way(read, NOTES, as("ada"))).toBe("read");
    reason = null;
    expect(await reads(read, 1)).toEqual(["strict"]);
  });

  it("is anew with supabase-js when the session has another token", async () => {
    let token = "first";
    const supabase = createClient(SUPABASE, "sb_publishable_x", {
      accessToken: async () => token,
      global: { fetch: client() },
    });
    for (let n = 0; n < 2; n++) await supabase.from("notes").select("id");
    token = "refreshed";
    reason = null;
    for (let n = 0; n < 2; n++) await supabase.from("notes").select("id");
    expect(asked).toEqual(["plain", "read", "plain", "plain"]);
  });
});
