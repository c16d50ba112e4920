import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import * as v from "valibot";
import { CommandError } from "./command-error.ts";
import { readTextIfAny, withoutMark } from "./text-file.ts";

/** In the order in which wrangler looks for them. */
const NAMES = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"] as const;

const bindingShape = v.looseObject({ binding: v.optional(v.string()) });

// Wrangler checks its file itself; this is what a gateway needs of it.
const environmentShape = v.looseObject({
  vars: v.optional(v.record(v.string(), v.unknown()), {}),
  kv_namespaces: v.optional(v.array(bindingShape), []),
  durable_objects: v.optional(
    v.looseObject({
      bindings: v.optional(
        v.array(v.looseObject({ name: v.optional(v.string()), class_name: v.optional(v.string()) })),
        [],
      ),
    }),
    {},
  ),
  migrations: v.optional(v.array(v.looseObject({ new_sqlite_classes: v.optional(v.array(v.string()), []) }))),
  secrets: v.optional(v.looseObject({ required: v.optional(v.array(v.string()), []) })),
  main: v.optional(v.string()),
});

const fileShape = v.looseObject({
  ...environmentShape.entries,
  env: v.optional(v.record(v.string(), environmentShape), {}),
});

/** One environment of a `wrangler.jsonc`: the top level, or a member of `env`. */
export type WranglerEnvironment = v.InferOutput<typeof environmentShape>;

export interface WranglerFile {
  /** Such as `wrangler.jsonc`. */
  readonly name: string;
  /** As somebody wrote it, with the byte order mark that it may begin with. */
  readonly text: string;
  /** The top level. */
  readonly top: WranglerEnvironment;
  readonly environments: Readonly<Record<string, WranglerEnvironment>>;
}

/**
 * The wrangler file of a folder; undefined when there is none.
 *
 * @throws CommandError when it cannot be read
 */
export function readWranglerFile(folder: string): WranglerFile | undefined {
  const name = NAMES.find((each) => existsSync(join(folder, each)));
  if (name === undefined) return undefined;
  const text = readTextIfAny(join(folder, name)) ?? "";
  const read = v.safeParse(fileShape, parsed(name, withoutMark(text)));
  if (!read.success) {
    const [issue] = read.issues;
    const path = v.getDotPath(issue) ?? "(the file)";
    throw new CommandError(
      `${name} cannot be used: ${path}: ${issue.message}`,
      "Wrangler would refuse it, too",
    );
  }
  const { env, ...top } = read.output;
  return { name, text, top, environments: env };
}

/** An environment of a file as messages name it; undefined: the top level. */
export function placeOf({ name }: WranglerFile, environment: string | undefined): string {
  return environment === undefined ? name : `env.${environment} of ${name}`;
}

/** Those of the variables that are texts: a setting of the gateway is one. */
export function textsOf(variables: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(variables).filter((each): each is [string, string] => typeof each[1] === "string"),
  );
}

/**
 * The environment that `--env` names, or the top level.
 *
 * @throws CommandError when the file has no such environment
 */
export function environmentIn(file: WranglerFile, environment: string | undefined): WranglerEnvironment {
  if (environment === undefined) return file.top;
  const found = Object.hasOwn(file.environments, environment) ? file.environments[environment] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(file.environments);
  const hint = known.length === 0 ? "It has none" : `It has ${known.join(", ")}`;
  throw new CommandError(`${file.name} has no environment ${JSON.stringify(environment)}`, hint, {
    exitCode: 2,
  });
}

function parsed(name: string, text: string): unknown {
  if (name.endsWith(".toml")) {
    try {
      return parseToml(text);
    } catch (error) {
      throw unreadable(name, (error as Error).message.split("\n")[0] ?? "");
    }
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const line = text.slice(0, first.offset).split("\n").length;
  throw unreadable(name, `${printParseErrorCode(first.error)} in line ${line}`);
}

function unreadable(name: string, reason: string): CommandError {
  return new CommandError(`${name} cannot be read: ${reason}`, "Wrangler could not read it either");
}
