import { expect, test } from "vitest";
import { startGateway } from "../../../demo/workerd.ts";
import { findings } from "../testing/findings.ts";
import { ADMIN, DEMO, diagnose, env, useSupabase } from "./testing/doctor-bench.ts";

useSupabase();

test("a running gateway is asked whether it uses capture, and accepts nudges", async () => {
  const secrets = {
    TIDEMARK_ADMIN_SECRET: ADMIN,
    TIDEMARK_NUDGE_SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
  };
  const gateway = await startGateway({ env: { ...env, ...secrets } });
  try {
    const told = async () => {
      const { checks } = await diagnose([...DEMO, "--gateway", `${gateway.url}/`], secrets);
      const asked = checks.filter(({ name }) => ["gateway", "proven", "nudge"].includes(name));
      return asked.map(({ severity, message }) => `${severity} ${message.replace(/ \(.*/, "")}`);
    };
    // On a busy machine a keeper that has only just started takes longer to answer than `health` waits for it.
    await expect
      .poll(told)
      .toEqual([
        "ok the gateway is well",
        "ok the keeper knows the schema",
        "ok the keeper pulls: freshness counts from commit",
        "ok the gateway accepts nudges",
      ]);
    const other = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
    const stranger = await diagnose([...DEMO, "--gateway", gateway.url], {
      TIDEMARK_ADMIN_SECRET: "not the admin's secret",
      TIDEMARK_NUDGE_SECRET: other,
    });
    expect(findings(stranger.checks)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^wrong proven: .*401.*\| Is TIDEMARK_ADMIN_SECRET/),
        expect.stringMatching(/^wrong nudge: .*401/),
      ]),
    );
  } finally {
    await gateway.stop();
  }
  const { checks } = await diagnose([...DEMO, "--gateway", gateway.url]);
  expect(findings(checks)).toContainEqual(expect.stringMatching(/^wrong gateway: .*did not tell its health/));
});

test("a gateway without a secret is reported, because it does not pull", async () => {
  const { TIDEMARK_CAPTURE_SECRET: _, ...without } = env;
  const gateway = await startGateway({
    env: { ...without, TIDEMARK_ADMIN_SECRET: ADMIN, TIDEMARK_MODE: "shadow" },
  });
  try {
    const found = async () => {
      const { checks } = await diagnose([...DEMO, "--gateway", gateway.url], {
        TIDEMARK_ADMIN_SECRET: ADMIN,
      });
      return findings(checks);
    };
    await expect
      .poll(found)
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^warning gateway: .*mode is shadow/),
          expect.stringMatching(/^wrong proven: the keeper does not know the schema/),
          expect.stringMatching(/^wrong proven: the keeper does not pull/),
        ]),
      );
  } finally {
    await gateway.stop();
  }
});
