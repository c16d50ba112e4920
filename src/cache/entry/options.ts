import { type Duration, parseDuration } from "../../runtime/duration.ts";
import { CacheError } from "./errors.ts";

// What is written wrongly in options is an error that says where, and what to write.

/** @param others what is left of options when those that exist are taken away @throws CacheError `invalid-option` */
export function mustBeNone(others: object): void {
  for (const name in others) throw invalidOption(name, "no such option here");
}

/** A text would count as a list of its letters. @throws CacheError `invalid-option` */
export function mustBeList(name: string, list: readonly string[]): void {
  if (typeof list === "string") throw invalidOption(name, `it takes a list: ["${list}"]`);
}

/** Such as a binding that is not in wrangler.jsonc. @throws CacheError `invalid-option` when it is there, but nothing */
export function mustExist(options: object, name: string): void {
  const value = options[name as keyof object];
  if (name in options && !value) throw invalidOption(name, `${value}; is it in wrangler.jsonc?`);
}

/** As `parseDuration`. @throws CacheError `invalid-option` that names the option */
export function milliseconds(name: string, duration: Duration, maxSeconds?: number): number {
  try {
    return parseDuration(duration, maxSeconds);
  } catch (error) {
    throw invalidOption(name, (error as Error).message);
  }
}

function invalidOption(name: string, message: string): CacheError {
  return new CacheError("invalid-option", `${name}: ${message}`);
}
