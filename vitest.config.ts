import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

// Two projects: what needs no platform (or drives workerd from outside) runs in Node; what is Workers code
// runs inside workerd, Durable Objects on their real SQLite. A file chooses by its name.
export default defineConfig({
  test: {
    // By default one less than there are cores, which is one on the smallest machines of CI.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "node",
          include: ["{src,test,testing,demo,simulator,examples,bench}/**/*.test.ts"],
          exclude: ["**/*.workerd.test.ts", "**/node_modules/**"],
          // Far beyond what any test takes: a busy machine is no failure.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // End-to-end tests hold bounds of some hundred milliseconds against real processes on a machine that CI
          // shares. One that fails twice has failed; what needed a second go is printed.
          retry: process.env.CI ? 1 : 0,
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: "./test/workerd/main.ts",
            miniflare: {
              compatibilityDate: "2026-08-01",
              kvNamespaces: ["KV"],
              d1Databases: ["DB"],
              durableObjects: { SCRATCH: { className: "Scratch", useSQLite: true } },
            },
          }),
        ],
        test: { name: "workerd", include: ["{src,examples}/**/*.workerd.test.ts"], testTimeout: 180_000 },
      },
    ],
  },
});
