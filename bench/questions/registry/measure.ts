import { DatabaseSync } from "node:sqlite";
import { Registry } from "../../../src/keeper/keys/registry.ts";
import { Marks } from "../../../src/keeper/storage/marks.ts";
import { Meta } from "../../../src/keeper/storage/meta.ts";
import { migrate } from "../../../src/keeper/storage/migrations.ts";
import { Meter } from "../../../src/postgrest/predicate/meter.ts";
import { listOf } from "../../../src/postgrest/predicate/prepared.ts";
import { windowOf } from "../../../src/postgrest/verdict/window.ts";
import { nodeSql } from "../../../testing/node-sql.ts";
import { footprintOfRead, type ReadClass } from "./reads.ts";

/** The registry's memory for one class of reads, by its own count and by V8's, in bytes. */
interface Measured {
  readonly class: string;
  readonly keys: number;
  /** How many of the reads are registered only by their relations. */
  readonly coarse: number;
  readonly counted: number;
  readonly taken: number;
}

/** @param collect collects all garbage at once: Node's `gc` */
export function measure(kind: ReadClass, keys: number, collect: () => void): Measured {
  const registry = newRegistry();
  // What the first one allocates once, in V8's caches and ours, belongs to no key.
  for (let n = 0; n < WARMING; n++) register(registry, kind, 1_000_000 + n);
  const counted = registry.bytes;
  const taken = heapUsed(collect);
  let coarse = 0;
  for (let n = 0; n < keys; n++) if (register(registry, kind, n)) coarse++;
  return {
    ...{ class: kind.name, keys, coarse },
    taken: heapUsed(collect) - taken,
    // Used last, so that it is not collected before.
    counted: registry.bytes - counted,
  };
}

const WARMING = 60;

function newRegistry(): Registry {
  const sql = nodeSql(new DatabaseSync(":memory:"));
  migrate(sql);
  // Key numbers grow as long as a storage lives, and beyond 31 bits each is a heap object.
  sql.exec(
    "INSERT INTO shapes (id, bytes, shape) VALUES (1, 0, ?)",
    JSON.stringify({ relations: [], caveats: [], shape: '{"parts":[]}' }),
  );
  sql.exec("INSERT INTO keys VALUES (?, 0, 1, 0, 'old', 'old', 'old', '[]', '{}')", 2 ** 32);
  const meta = new Meta(sql);
  const marks = new Marks(sql, meta);
  const apiReload = { isPending: false };
  const limits = { maxKeys: 1_000_000, registryBytes: 1_000_000_000 };
  return new Registry({ sql, meta, marks, limits, apiReload, signedIn: true });
}

/** Answers whether its footprint is coarse. */
function register(registry: Registry, { read: readOf, footprint: of, body }: ReadClass, n: number): boolean {
  const read = readOf(n);
  const footprint = of === undefined ? footprintOfRead(read) : of(read, n);
  const record = registry.register(read, footprint, 0, () => false);
  if (typeof record === "string") throw new Error(`${read.path.slice(0, 100)} was not registered: ${record}`);
  const window = body && windowOf(record.footprint, body(n), "0-0/*");
  if (window) registry.setWindow(record, window);
  // As its first answer does: until then the text to store is in memory, too, of as many keys as there are fills under way.
  registry.write();
  return record.footprint.shape !== footprint.shape;
}

/** Longer than the lists that are kept outside the registry may be: it replaces them all, and is not kept itself. */
const LONGEST = JSON.stringify(["x".repeat(4_000_000)]);

function heapUsed(collect: () => void): number {
  listOf(LONGEST, new Meter());
  for (let times = 0; times < 3; times++) collect();
  return process.memoryUsage().heapUsed;
}
