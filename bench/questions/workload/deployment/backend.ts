import type { ChangeSource, Described, PullRequest } from "../../../../src/keeper/ports/ports.ts";

/** The database, asked without any distance: it answers as of the moment in which it is asked. */
export interface Backend {
  /** A canonical path's answer. */
  read(path: string): Promise<{ readonly body: ArrayBuffer; readonly etag: string }>;
  changes(request: PullRequest): Promise<string>;
  schema(): Promise<Described>;
  prune: ChangeSource["prune"];
}
