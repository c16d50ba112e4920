/**
 * 1: the command failed. 2: the command line or the settings are wrong. 3: no gateway answers at the address, or one of
 * another version. 4: the gateway refuses the secret.
 */
export type ExitCode = 1 | 2 | 3 | 4;

/** An expected error. It is printed as one line with a hint and without a stack, and contains no secret. */
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
