import type { ChangeSource, Described, PullRequest } from "../../../../src/keeper/ports/ports.ts";

/** The database without any distance: it answers as of the moment of the request. */
export interface Backend {
  /** A canonical path's answer. */
  read(path: string): Promise<{ readonly body: ArrayBuffer; readonly etag: string }>;
  changes(request: PullRequest): Promise<string>;
  schema(): Promise<Described>;
  prune: ChangeSource["prune"];
}
