import { defineCommand, runCommand, runMain, showUsage } from "citty";
import { CaptureOptionsError } from "../capture/sql/options.ts";
import { ConfigError } from "../gateway/config/config.ts";
import { suggestion } from "../gateway/config/suggestion.ts";
import { RelayOptionsError } from "../relay/options.ts";
import { VERSION } from "../runtime/version.ts";
import { CommandError } from "./command/command-error.ts";
import { printable, printableLines } from "./print/table.ts";

/** Each is loaded when it is called for: most of them need little of what the others do. */
const COMMANDS = {
  init: async () => (await import("./init/init-command.ts")).initCommand,
  check: async () => (await import("./check/check-command.ts")).checkCommand,
  dev: async () => (await import("./dev/dev-command.ts")).devCommand,
  sql: async () => (await import("./sql/sql-command.ts")).sqlCommand,
  relay: async () => (await import("./relay/relay-command.ts")).relayCommand,
  doctor: async () => (await import("./doctor/doctor-command.ts")).doctorCommand,
  stats: async () => (await import("./admin/stats/stats-command.ts")).statsCommand,
  top: async () => (await import("./admin/top-command.ts")).topCommand,
  entries: async () => (await import("./admin/entries-command.ts")).entriesCommand,
  explain: async () => (await import("./admin/explain-command.ts")).explainCommand,
  purge: async () => (await import("./admin/purge-command.ts")).purgeCommand,
  warm: async () => (await import("./admin/warm-command.ts")).warmCommand,
  mode: async () => (await import("./admin/mode-command.ts")).modeCommand,
  cost: async () => (await import("./admin/cost-command.ts")).costCommand,
};

const tidemark = defineCommand({
  meta: {
    name: "tidemark",
    version: VERSION,
    description: "A read cache for Supabase that can prove how old its answers are",
  },
  subCommands: COMMANDS,
});

/**
 * Runs the command that the arguments name, and sets the exit code.
 *
 * @returns whether something goes on running, as `dev` does once it has started
 */
export async function run(args: readonly string[]): Promise<boolean> {
  const [name = ""] = args;
  const isHelp = args.includes("--help") || args.includes("-h");
  try {
    if (name === "") {
      await showUsage(tidemark);
      process.exitCode = 2;
    } else if (name === "--version") {
      console.log(VERSION);
    } else if (isHelp) {
      await runMain(tidemark, { rawArgs: [...args] });
    } else if (!Object.hasOwn(COMMANDS, name)) {
      const similar = suggestion(name, Object.keys(COMMANDS));
      const hint = similar ? `Did you mean tidemark ${similar}?` : "tidemark --help lists the commands";
      throw new CommandError(`there is no command ${JSON.stringify(name)}`, hint, { exitCode: 2 });
    } else {
      await runCommand(tidemark, { rawArgs: [...args] });
    }
    return name === "dev" && !isHelp;
  } catch (error) {
    process.exitCode = report(error, name);
    return false;
  }
}

/** Prints an expected error as one line and a hint. Anything else is a bug, and its stack helps. */
function report(error: unknown, command: string): number {
  if (error instanceof CommandError) return print(error.message, error.hint, error.exitCode);
  if (error instanceof ConfigError)
    return print(error.message, "docs/configuration.md describes every field", 1, printableLines);
  if (error instanceof CaptureOptionsError || error instanceof RelayOptionsError) {
    return print(error.message, `tidemark ${command} --help describes the options`, 2);
  }
  // citty itself refuses a value that the flag does not accept.
  if (error instanceof Error && error.name === "CLIError") {
    return print(error.message, `tidemark ${command} --help lists the options`, 2);
  }
  console.error(error);
  return 1;
}

/** A message repeats what files, databases and whatever stands at an address have said. */
function print(message: string, hint: string, exitCode: number, shown = printable): number {
  console.error(`tidemark: ${shown(message)}\n  ${printable(hint)}`);
  return exitCode;
}
