import { defineCommand, runMain } from "citty";

/** Each question is loaded only when it is run, because `workload` replaces the clock of its whole process. */
const bench = defineCommand({
  meta: {
    name: "node bench/run.ts",
    description: "What Tidemark costs and what it saves, one command a question",
  },
  subCommands: {
    "hit-cost": () => import("./questions/hit-cost/command.ts").then((module) => module.hitCostCommand),
    "fill-cost": () => import("./questions/fill-cost/command.ts").then((module) => module.fillCostCommand),
    "first-read": () => import("./questions/first-read/command.ts").then((module) => module.firstReadCommand),
    workload: () => import("./questions/workload/command.ts").then((module) => module.workloadCommand),
    lobsters: () =>
      import("./questions/workload/lobsters/command.ts").then((module) => module.lobstersCommand),
    world: () => import("./questions/world/command.ts").then((module) => module.worldCommand),
    costs: () => import("./questions/workload/costs/command.ts").then((module) => module.costsCommand),
    regions: () => import("./questions/workload/regions/command.ts").then((module) => module.regionsCommand),
    driver: () => import("./questions/driver/command.ts").then((module) => module.driverCommand),
    growth: () => import("./questions/growth/command.ts").then((module) => module.growthCommand),
    capture: () => import("./questions/capture/command.ts").then((module) => module.captureCommand),
    footprints: () => import("./questions/footprints/command.ts").then((module) => module.footprintsCommand),
    invalidation: () =>
      import("./questions/invalidation/command.ts").then((module) => module.invalidationCommand),
    library: () => import("./questions/library/command.ts").then((module) => module.libraryCommand),
    "library-correctness": () =>
      import("./questions/library/correctness/command.ts").then((module) => module.correctnessCommand),
    "personal-keys": () =>
      import("./questions/personal-keys/command.ts").then((module) => module.personalKeysCommand),
    registry: () => import("./questions/registry/command.ts").then((module) => module.registryCommand),
    rows: () => import("./questions/rows/command.ts").then((module) => module.rowsCommand),
    "rows-hits": () => import("./questions/rows/command.ts").then((module) => module.rowsHitsCommand),
    "signed-in": () => import("./questions/signed-in/command.ts").then((module) => module.signedInCommand),
    tokens: () => import("./questions/signed-in/tokens/command.ts").then((module) => module.tokensCommand),
    siege: () => import("./questions/siege/command.ts").then((module) => module.siegeCommand),
    soundness: () => import("./questions/soundness/command.ts").then((module) => module.soundnessCommand),
    worst: () => import("./questions/worst/command.ts").then((module) => module.worstCommand),
    catalogue: () => import("./questions/catalogue/command.ts").then((module) => module.catalogueCommand),
    charts: () => import("./charts/command.ts").then((module) => module.chartsCommand),
  },
});

await runMain(bench);
