const WORDS =
  "a read cache that can prove how old its answers are keeps bodies near readers and marks near the database".split(
    " ",
  );

/** Of the column that chooses an answer: `20kb-3` is the fourth body of 20 KB. */
export function categoryOf(kilobytes: number, index: number): string {
  return `${kilobytes}kb-${index}`;
}

/** The answer to a query that names a category, as PostgREST prints rows; undefined when it names none. */
export function bodyOf(query: URLSearchParams): Buffer | undefined {
  const [, kilobytes, index] = /^eq\.(\d+)kb-(\d+)$/.exec(query.get("category") ?? "") ?? [];
  return kilobytes === undefined ? undefined : rows(Number(kilobytes) * 1_024, Number(index));
}

/**
 * Exactly this many bytes of rows. Plain ASCII, which flatters the peer that parses and prints JSON: one character
 * beyond Latin-1 would double the size of its strings.
 */
function rows(bytes: number, index: number): Buffer {
  const printed: string[] = [];
  let left = bytes - "[]".length;
  for (let id = index * 10_000; left > 0; id++) {
    const separator = printed.length === 0 ? "" : ", \n ";
    const textLength = left < 2_000 ? left - separator.length - row(id, "").length : 600 + (id % 5) * 100;
    const text = separator + row(id, prose(id, textLength));
    printed.push(text);
    left -= text.length;
  }
  return Buffer.from(`[${printed.join("")}]`, "latin1");
}

function row(id: number, body: string): string {
  return JSON.stringify({
    id,
    title: `Article ${id}`,
    category: "news",
    views: (id * 7_919) % 10_000,
    published_at: "2026-11-21T10:00:00+00:00",
    body,
    author: { name: "A. Writer" },
  });
}

function prose(seed: number, length: number): string {
  let text = "";
  for (let index = seed; text.length < length; index += 1 + (index % 3))
    text += `${WORDS[index % WORDS.length]} `;
  return text.slice(0, length);
}
