/** Prints what a keeper with many users' keys takes: `node --expose-gc print.ts <users> [write]`. */
import type { Described } from "../../../src/keeper/ports/ports.ts";
import { describe, thisMachine } from "../../harness/machine.ts";
import { writeResults } from "../../harness/results.ts";
import { table } from "../../harness/table.ts";
import { TABLES } from "../signed-in/database/schema.ts";
import { Database } from "../workload/database/database.ts";
import { evict, type Grown, grow, type Refused } from "./measure.ts";

const { gc } = globalThis;
if (gc === undefined) throw new Error("run it by node --expose-gc");
const [users = "", write = ""] = process.argv.slice(2);
const described = await describedSite();
const [count, collect] = [Number(users), () => gc()];

/** The defaults, and what an owner may set at most. */
const GROWN = [
  ["by default", await grow(described, count, {}, collect)],
  [
    "200,000 keys, 64 MB",
    await grow(described, count, { maxKeys: 200_000, registryBytes: 64_000_000 }, collect),
  ],
] as const;
const { evictions, anonymous, everybodys, others } = await evict(described, {});
const harmed = anonymous.refused + everybodys.refused;

const text = [
  "# How much memory do users' own keys take?",
  `${new Date().toISOString().slice(0, 10)}. ${describe(thisMachine())}. How it is measured: [bench/README.md](../README.md).`,
  table([
    [
      "caps",
      "users",
      "known bearers",
      "keys held",
      "evicted",
      "counted, bytes a key",
      "heap, bytes a key",
      "heap, MB",
      "bodies, MB",
    ],
    ...GROWN.map(([caps, grown]) => row(caps, grown)),
  ]),
  `Evicting ${evictions} personal keys of a full keeper refuses, in an isolate:`,
  table([
    ["whose answers", "held", "refused", "of that, asked again of the origin", "target", ""],
    refusedRow("anonymous readers'", anonymous),
    refusedRow("everybody's who signs in", everybodys),
    [...refusedRow("other users' own", others).slice(0, 4), "none", ""],
  ]),
]
  .join("\n\n")
  .concat("\n");
process.stdout.write(text);
if (write === "write") writeResults("personal-keys", text);
process.exitCode = harmed > 0 || others.asked > 0 ? 1 : 0;

function row(caps: string, { users, bearers, keys, evictions, counted, heap, bodies }: Grown): string[] {
  const numbers = [users, bearers, keys, evictions, counted / keys, heap / keys];
  const megabytes = [heap, bodies].map((bytes) => (bytes / 1e6).toFixed(1));
  return [caps, ...numbers.map((number) => Math.round(number).toLocaleString("en")), ...megabytes];
}

function refusedRow(whose: string, { of, refused, asked }: Refused): string[] {
  return [whose, String(of), String(refused), String(asked), "0", refused === 0 ? "met" : "**missed**"];
}

/** What the site's own Postgres says of its tables and policies. */
async function describedSite(): Promise<Described> {
  const database = await Database.start(new URL("../signed-in/database/server.ts", import.meta.url));
  try {
    const tables = TABLES.map((name) => `public.${name}`).sort();
    const question = { tables, reader: "anon", roles: ["authenticated"] };
    return JSON.parse(await database.text({ kind: "schema", question })) as Described;
  } finally {
    await database.stop();
  }
}
