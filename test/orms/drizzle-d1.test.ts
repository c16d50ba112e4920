import { afterAll } from "vitest";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { startWorker } from "./start-worker.ts";

const worker = await startWorker("drizzle/d1");
afterAll(() => worker.dispose());

expectFindings(await worker.get<Finding[]>("compare"), {
  caching: true,
  throwing: [
    "a table that does not exist",
    "not SQL",
    "insert that breaks a constraint",
    "a batch that fails is rolled back",
    "a transaction, which D1 refuses",
  ],
});
