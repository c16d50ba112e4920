/**
 * Words that databases read as the present time: SQLite's `now` and `subsec`, Postgres' `now`, `today` and so on, which
 * may stand beside others, as in `today 10:00` or `[now,)`.
 */
const TIME_WORD = /(?<![a-z])(?:now|today|tomorrow|yesterday|subsec|subsecond)(?![a-z])/i;

export const hasTimeWord = (text: string): boolean => TIME_WORD.test(text);
