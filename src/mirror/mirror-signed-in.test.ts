import { describe, expect, it } from "vitest";
import type { CacheableRead } from "../keeper/protocol/entry.ts";
import { keyFor } from "../keeper/protocol/names.ts";
import { readOf } from "../keeper/testing/fixtures.ts";
import { MirrorRig } from "./testing/rig.ts";

const ALICE = { digest: "alice's", token: "alice's token" };
const BOB = { digest: "bob's", token: "bob's token" };
const SIGNED_IN: CacheableRead = {
  ...readOf(keyFor("r signed-in /rest/v1/articles", "authenticated")),
  audience: "signed-in",
};

describe("a mirror and those who sign in", () => {
  const given = async (sharing: "free" | "uncleared" | "own") => {
    const rig = new MirrorRig();
    await rig.synced();
    rig.keeper.fillAnswer = ({ read }) => rig.keeper.entry(read, { sharing });
    await rig.filled("", { read: SIGNED_IN, bearer: ALICE });
    return rig;
  };
  const by = (rig: MirrorRig, bearer: typeof ALICE | null) => rig.filled("", { read: SIGNED_IN, bearer });

  it("S8. gives a reader's own answer to that reader only", async () => {
    const rig = await given("own");
    expect(await by(rig, ALICE)).toMatchObject({ source: "stored", sharing: "own" });
    await rig.clock.advance(1_000);
    await rig.synced({ boundMs: 0 });
    await by(rig, BOB);
    await by(rig, null);
    expect(rig.keeper.filled.map(({ bearer }) => bearer)).toEqual([ALICE, BOB, null]);
  });

  it("S8. gives an uncleared one to others only under a copy younger than its arrival", async () => {
    const rig = await given("uncleared");
    await by(rig, BOB);
    expect(rig.keeper.filled).toHaveLength(2);
    await rig.clock.advance(1_000);
    await rig.synced({ boundMs: 0 });
    expect(await by(rig, ALICE)).toMatchObject({ source: "stored", sharing: "free" });
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("S8. gives what is everybody's to everybody who signs in, by its mark only", async () => {
    const rig = await given("free");
    expect(await by(rig, BOB)).toMatchObject({ source: "stored", sharing: "free" });
    const at = rig.keeper.change(SIGNED_IN.key);
    await rig.synced({ boundMs: 0 });
    // Alice's own may still serve her by its age; what else has changed with it, nobody here knows.
    expect(await rig.filled("", { read: SIGNED_IN, bearer: ALICE, at })).toMatchObject({ accepted: false });
    expect(rig.keeper.filled).toHaveLength(1);
    await rig.filled("", { read: SIGNED_IN, bearer: BOB, at });
    expect(rig.keeper.filled).toHaveLength(2);
  });

  it("S8. nobody waits for a fill with another's token", async () => {
    const rig = new MirrorRig();
    await rig.synced();
    const fills = [ALICE, BOB, ALICE].map((bearer) => rig.fill("", { read: SIGNED_IN, bearer }));
    await rig.ended(Promise.all(fills));
    expect(rig.keeper.filled.map(({ bearer }) => bearer?.digest)).toEqual([ALICE.digest, BOB.digest]);
  });

  it("S9. bodies of personal keys displace no others", async () => {
    const rig = new MirrorRig({ memoryBytes: 12_000 });
    await rig.synced();
    await rig.filled("k");
    for (let user = 0; user < 20; user++) {
      const read = { ...SIGNED_IN, key: keyFor("r signed-in /rest/v1/articles", `authenticated#${user}`) };
      await rig.filled("", { read, bearer: ALICE });
    }
    await rig.filled("k");
    expect(rig.keeper.filled).toHaveLength(21);
  });

  it("S8, S9. forwards questions about bearers, and holds no token when it is done", async () => {
    const rig = await given("free");
    const asked = {
      configHash: "config-1",
      read: SIGNED_IN.asked,
      bearer: ALICE,
      client: "c",
      introduced: false,
    };
    expect(await rig.mirror.audience(asked)).toMatchObject({ reason: "token-unknown" });
  });
});
