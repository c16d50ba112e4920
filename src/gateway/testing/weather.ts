/** What can take time. */
export type Leg = "to-keeper" | "from-keeper" | "kv" | "put" | "origin" | "ingest" | "pull";

/** What can go wrong. */
export type Mishap = "lost-call" | "lost-answer" | "put-fails" | "origin-fails" | "origin-errs";

/** How long things take and what goes wrong, as the test or a seed decides. */
export interface Weather {
  delay(leg: Leg): number;
  chance(mishap: Mishap): boolean;
}

/** Fixed delays, nothing goes wrong; a test changes what it is about. */
export class CalmWeather implements Weather {
  readonly delays: Record<Leg, number> = {
    "to-keeper": 10,
    "from-keeper": 10,
    kv: 5,
    put: 5,
    origin: 20,
    ingest: 5,
    pull: 3,
  };
  readonly mishaps = new Set<Mishap>();

  delay(leg: Leg): number {
    return this.delays[leg];
  }

  chance(mishap: Mishap): boolean {
    return this.mishaps.has(mishap);
  }
}
