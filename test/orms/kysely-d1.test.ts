import { afterAll } from "vitest";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { startWorker } from "./start-worker.ts";

const worker = await startWorker("kysely/d1");
afterAll(() => worker.dispose());

expectFindings(await worker.get<Finding[]>("compare"), {
  caching: true,
  throwing: [
    "executeTakeFirstOrThrow of none",
    "a stream, which the dialect refuses",
    "introspection",
    "a column that does not exist",
    "insert that breaks a constraint",
    "a transaction, which the dialect refuses",
  ],
});
