/**
 * SQL's LIKE: `%` any text, `_` one character, `\` takes the next one literally. Undefined when the pattern ends
 * in a lone `\`, which Postgres refuses only once it gets there.
 */
export function like(value: string, pattern: string): boolean | undefined {
  const steps = stepsOf(pattern);
  if (steps === undefined) return undefined;
  const characters = [...value];
  let at = 0;
  let step = 0;
  // Where to resume when a later step fails: behind the last `%`, one character further.
  let resumeStep = -1;
  let resumeAt = 0;
  while (at < characters.length) {
    const expected = steps[step];
    if (expected === ANY_TEXT) {
      resumeStep = step;
      resumeAt = at;
      step += 1;
    } else if (expected !== undefined && (expected === ANY_ONE || expected === characters[at])) {
      at += 1;
      step += 1;
    } else if (resumeStep >= 0) {
      resumeAt += 1;
      at = resumeAt;
      step = resumeStep + 1;
    } else return false;
  }
  while (steps[step] === ANY_TEXT) step += 1;
  return step === steps.length;
}

/** Longer than any single character, so they cannot be confused with one. */
const ANY_TEXT = "any text";
const ANY_ONE = "any one";

function stepsOf(pattern: string): readonly string[] | undefined {
  const steps: string[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      steps.push(character);
      escaped = false;
    } else if (character === "\\") escaped = true;
    else if (character === "%") {
      if (steps.at(-1) !== ANY_TEXT) steps.push(ANY_TEXT);
    } else steps.push(character === "_" ? ANY_ONE : character);
  }
  return escaped ? undefined : steps;
}

/** Without a word about locales: upper and lower case of ASCII letters agree in all that the schema lets pass. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}
