import { cancel, confirm, isCancel, multiselect, select, text } from "@clack/prompts";
import { CommandError } from "../command/command-error.ts";

/** How init asks. With `--yes` it takes what it would propose. */
export interface Ask {
  readonly text: (message: string, options: { readonly placeholder: string }) => Promise<string>;
  readonly choose: <T extends string>(message: string, options: readonly Choice<T>[], first: T) => Promise<T>;
  readonly several: (
    message: string,
    options: readonly Choice<string>[],
    first: readonly string[],
  ) => Promise<readonly string[]>;
  readonly confirm: (message: string) => Promise<boolean>;
}

export interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Asks nobody: the answer is what was proposed, and what only a person could know is an error. */
export const WITHOUT_ASKING: Ask = {
  text: async (message) => {
    throw new CommandError(`--yes leaves open: ${message}`, "tidemark init --help lists the flags", {
      exitCode: 2,
    });
  },
  choose: async (_message, _options, first) => first,
  several: async (_message, _options, first) => first,
  confirm: async () => true,
};

/** Asks on the terminal. */
export const ON_THE_TERMINAL: Ask = {
  text: async (message, { placeholder }) =>
    answered(
      await text({
        message,
        placeholder,
        validate: (value) => (value?.trim() ? undefined : "Please write one"),
      }),
    ).trim(),
  choose: async <T extends string>(message: string, options: readonly Choice<T>[], first: T) => {
    const choices = options.map(({ value, label, hint }) => ({
      value: value as string,
      label,
      ...(hint && { hint }),
    }));
    return answered(await select<string>({ message, options: choices, initialValue: first })) as T;
  },
  several: async (message, options, first) =>
    answered(
      await multiselect({ message, options: [...options], initialValues: [...first], required: false }),
    ),
  confirm: async (message) => answered(await confirm({ message })),
};

/** clack answers with a symbol of its own when somebody presses Ctrl+C. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel("Nothing more was written.");
  throw new CommandError("you have stopped it", "Run tidemark init again: it goes on from what is there");
}
