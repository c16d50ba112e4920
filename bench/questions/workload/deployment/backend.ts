import type {
  ChangeSource,
  Described,
  Origin,
  PullRequest,
  SchemaQuestion,
} from "../../../../src/keeper/ports/ports.ts";

/** The database without any distance: it answers as of the moment of the request. */
export interface Backend {
  /**
   * A canonical path's answer.
   *
   * @param token of the user who asks; null: for the publishable key
   */
  read(path: string, token: string | null): Promise<{ readonly body: ArrayBuffer; readonly etag: string }>;
  changes(request: PullRequest): Promise<string>;
  schema(question: SchemaQuestion): Promise<Described>;
  whoami: Origin["whoami"];
  prune: ChangeSource["prune"];
}
