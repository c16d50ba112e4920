/**
 * Words that databases read as the present time: SQLite's `now` and `subsec`, Postgres' `now`, `today` and so on, which
 * may stand beside others, as in `today 10:00` or `[now,)`. Postgres takes letters that `-`, `/` or `.` joins to letters for
 * one date or zone, in which none of these words may be: `how-now-brown-cow` is no time.
 */
const TIME_WORD =
  /(?<![a-z]|[a-z][-/.])(?:now|today|tomorrow|yesterday|subsec|subsecond)(?![a-z]|[-/.][a-z])/i;

/** What the inputs of arrays, ranges and rows leave out inside of what they hold: `{n\ow}`, `[n""ow,)`. */
const LEFT_OUT = /[\\"]/g;

export const hasTimeWord = (text: string): boolean =>
  TIME_WORD.test(text) || TIME_WORD.test(text.replace(LEFT_OUT, ""));
