import type { Readable, Writable } from "node:stream";
import { cancel, confirm, isCancel, multiselect, select, text } from "@clack/prompts";
import { CommandError } from "../command/command-error.ts";
import { printable } from "../print/table.ts";

/** How init asks. With `--yes` it takes what it would propose. */
export interface Ask {
  readonly text: (message: string, options: TextOptions) => Promise<string>;
  readonly choose: <T extends string>(message: string, options: readonly Choice<T>[], first: T) => Promise<T>;
  readonly several: (
    message: string,
    options: readonly Choice<string>[],
    first: readonly string[],
  ) => Promise<readonly string[]>;
  readonly confirm: (message: string) => Promise<boolean>;
}

interface TextOptions {
  readonly placeholder: string;
  /** What is wrong with an answer, which is then asked for again. */
  readonly faultOf?: (answer: string) => string | undefined;
}

interface Choice<T> {
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

/** The streams of a terminal. Default: the process's. */
interface Terminal {
  readonly input?: Readable;
  readonly output?: Writable;
}

/** Asks on the terminal. Ctrl+C ends it with a CommandError. */
export function onTerminal(terminal: Terminal = {}): Ask {
  return {
    text: async (message, { placeholder, faultOf }) => {
      const validate = (value = "") => (value.trim() ? faultOf?.(value.trim()) : "Please write one");
      return answered(await text({ message, placeholder, validate, ...terminal })).trim();
    },
    choose: async <T extends string>(message: string, options: readonly Choice<T>[], first: T) => {
      const choices = options.map(shown);
      return answered(
        await select<string>({ message, options: choices, initialValue: first, ...terminal }),
      ) as T;
    },
    several: async (message, options, first) => {
      const initial = { options: options.map(shown), initialValues: [...first], required: false };
      return answered(await multiselect({ message, ...initial, ...terminal }));
    },
    confirm: async (message) => answered(await confirm({ message, ...terminal })),
  };
}

/** Names of tables are among them, and a name may hold what a terminal obeys. */
function shown({ value, label, hint }: Choice<string>) {
  return { value, label: printable(label), ...(hint && { hint: printable(hint) }) };
}

/** clack answers with a symbol of its own when somebody presses Ctrl+C. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel("Nothing more was written.");
  throw new CommandError("stopped", "Run tidemark init again: it goes on from what is there");
}
