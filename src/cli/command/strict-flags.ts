import type { ArgsDef, CittyPlugin } from "citty";
import { suggestion } from "../../gateway/config/suggestion.ts";
import { CommandError } from "./command-error.ts";

/**
 * Refuses unknown flags, and words where none are expected. citty accepts any, so a mistyped flag would count as not given.
 *
 * @param most how many words the command takes besides its flags
 */
export function strictFlags(command: string, definitions: ArgsDef, most = 0): CittyPlugin {
  const names = Object.keys(definitions);
  const known = new Set([...names, ...names.map(camelCase)]);
  const refuse = (message: string, hint = `tidemark ${command} --help lists the options`): never => {
    throw new CommandError(message, hint, { exitCode: 2 });
  };
  return {
    name: "strict-flags",
    setup({ args }) {
      for (const [name, value] of Object.entries(args)) {
        if (name === "_") continue;
        if (!known.has(name)) {
          const similar = suggestion(name, names);
          refuse(`there is no --${name}`, similar && `Did you mean --${similar}?`);
        }
        if (definitions[name]?.type !== "string" || typeof value !== "string") continue;
        if (value === "" || value.startsWith("--")) refuse(`--${name} needs a value`);
      }
      const unexpected = args._[most];
      if (unexpected !== undefined) refuse(`${JSON.stringify(unexpected)} is not expected here`);
    },
  };
}

/** citty passes each flag under this name as well. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
