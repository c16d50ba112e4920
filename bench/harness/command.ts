import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs } from "citty";

interface Question<Args extends ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly args: Args;
  readonly run: (args: ParsedArgs<Args>) => Promise<void>;
}

/**
 * A bench as a command of `bench/run.ts`. citty accepts flags that it does not know; this refuses them, because a
 * mistyped `--fulll` would otherwise run the short form for minutes.
 */
export function benchCommand<const Args extends ArgsDef>({
  name,
  description,
  args: definitions,
  run,
}: Question<Args>): CommandDef<Args> {
  return defineCommand({
    meta: { name, description },
    args: definitions,
    run: ({ args }) => {
      for (const flag of Object.keys(args))
        if (flag !== "_" && !Object.hasOwn(definitions, flag)) throw new Error(`${name} takes no --${flag}`);
      return run(args);
    },
  });
}

/** @throws Error if a flag's text is not a number of at least 0 */
export function numberOf(flag: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isFinite(number) && number >= 0) return number;
  throw new Error(`${flag} takes a number, not ${JSON.stringify(text)}`);
}

/** The parts of a comma-separated list; an empty text is an empty list. */
export function listOf(text: string): readonly string[] {
  return text.split(",").filter((part) => part !== "");
}
