import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { writePage } from "./page/build.ts";
import { PATIENCE_MS } from "./testing/patience.ts";

// What needs no platform, or drives workerd from outside, runs in Node; what is Workers code runs inside workerd, Durable
// Objects on their real SQLite. A file chooses by its name.

// The gateway imports the page, and tests must see the one whose sources are here.
await writePage();

/**
 * Far beyond what any test takes: a busy machine is no failure. The longest hook builds the package, which takes a quarter of
 * a minute of computing alone and has taken over three beside other work.
 */
const TIMEOUTS = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: PATIENCE_MS } },
};

/**
 * Where Node keeps what it has compiled: without it, each process of the command spends half of its start on that. Not for
 * the simulator: it imports the sources again for each mutation, and would leave a hundred thousand files.
 */
const COMPILED = { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node") };

/** Of those that run in Node, the longest that are short to read: generators, faults, and processes of other commands. */
const LONG = [
  "test/faults/faults",
  "test/faults/webhooks",
  "test/changes/invalidation",
  "test/signed-in/flood",
  "test/proven/two-users",
  "test/proven/functions",
  "test/package/fresh-machine",
  "src/postgrest/soundness",
  "src/capture/d1/random-statements",
  "src/cli/sql/d1/d1-command",
  "demo/start",
].map((name) => join(import.meta.dirname, `${name}.test.ts`));

/**
 * The longest files begin first, so that no processor is left without work at the end. Vitest itself, where it has not run
 * yet, takes the size of a file for that.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) => {
      if (project.name === "simulated") return 0;
      return LONG.includes(moduleId) ? 1 : 2;
    };
    // Stable: within a rank, Vitest's order stays.
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // One more than there are cores: a quarter of the time tests wait for a database, a browser or a real clock.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          ...TIMEOUTS,
          name: "node",
          env: COMPILED,
          include: ["{src,page,test,testing,demo,examples}/**/*.test.ts"],
          exclude: ["**/*.workerd.test.ts", "**/node_modules/**"],
          // Files share a process, one after the other: loading PGlite and Miniflare for each took a third of the time.
          isolate: false,
        },
      },
      {
        test: {
          ...TIMEOUTS,
          name: "simulated",
          // These replace the process's clock and modules, so each file has a process of its own.
          include: ["{simulator,bench}/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
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
        // Files share a workerd: its start takes longer than most of them.
        test: {
          ...TIMEOUTS,
          name: "workerd",
          include: ["{src,examples}/**/*.workerd.test.ts"],
          isolate: false,
        },
      },
    ],
  },
});
