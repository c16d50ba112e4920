/** What takes time. */
export type Leg = "to-keeper" | "from-keeper" | "kv" | "colo" | "put" | "origin" | "ingest" | "pull";

/** How long things take, in milliseconds, and what goes wrong: nothing, unless a test says otherwise. */
export class Weather {
  readonly delays: Record<Leg, number> = {
    "to-keeper": 10,
    "from-keeper": 10,
    kv: 5,
    colo: 1,
    put: 5,
    origin: 20,
    ingest: 5,
    pull: 3,
  };
  readonly mishaps = new Set<"origin-fails" | "origin-errs">();
}
