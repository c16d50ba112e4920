/** Until then, most answers have come. */
const SLOW_MS = 4_000;

/** The answer, as it comes. If that takes long, `say` is called once meanwhile: a person who looks on learns what is waited for. */
export async function sayIfSlow<Answer>(asked: Promise<Answer>, say: () => void): Promise<Answer> {
  const timer = setTimeout(say, SLOW_MS);
  try {
    return await asked;
  } finally {
    clearTimeout(timer);
  }
}
