import type { TestDatabase } from "../test-database.ts";
import { type TrialRequest, trial } from "../trial.ts";

interface Env {
  readonly WATCHED: TestDatabase;
  readonly BARE: TestDatabase;
}

/** Runs a trial beside the databases: a call from Node costs more than the statement. */
export default {
  async fetch(request: Request, { WATCHED, BARE }: Env): Promise<Response> {
    return Response.json(await trial(WATCHED, BARE, (await request.json()) as TrialRequest));
  },
};
