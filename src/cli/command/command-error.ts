/** 1: it was understood and could not be done. 2: it was not understood. */
export type ExitCode = 1 | 2;

/** Something that users do or meet: told in one line, with a hint, and without a stack. Holds no secret. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    hint: string,
    { exitCode = 1, cause }: { exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
