import { afterAll } from "vitest";
import type { Finding } from "./compare.ts";
import { expectFindings } from "./expect-findings.ts";
import { startWorker } from "./start-worker.ts";

const worker = await startWorker("prisma/d1");
afterAll(() => worker.dispose());

expectFindings(await worker.get<Finding[]>("compare"), {
  caching: true,
  throwing: [
    "an interactive transaction, which D1 refuses",
    "raw: not SQL",
    "an argument that does not exist",
    "a unique constraint",
    "a foreign key",
    "an update of none",
  ],
});
