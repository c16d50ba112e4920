/** The blog of a course about caches. Rows come from arithmetic alone, so they are the same everywhere. */

const AUTHORS = 12;
const ARTICLES = 240;
const COMMENTS = 720;
const HOUR = 3_600_000;
const FIRST_ARTICLE = Date.UTC(2026, 0, 5, 9);

const names = [
  "Ada Marsh",
  "Boris Lindqvist",
  "Chiara Okafor",
  "Dmitri Sato",
  "Élise Nguyen",
  "Farid Novák",
].concat([
  "Grace Iversen",
  "Hana Kowalska",
  "Ismael Duarte",
  "Jun Petrov",
  "Katja Ó Briain",
  "Luis Achterberg",
]);
const topics = [
  "Stale-while-revalidate",
  "Cache stampedes",
  "Time to live",
  "Entity tags",
  "Write-through caches",
  "Negative caching",
  "Row-level security",
  "Logical replication",
  "The outbox pattern",
  "Single flight",
  "Cache keys",
  "Purging by tag",
  "Content delivery networks",
  "Bloom filters",
  "Materialised views",
  "Consistent hashing",
  "Read replicas",
  "Eventual consistency",
  "Monotonic reads",
  "Clock skew",
];
const angles = [
  "from first principles",
  "in production",
  "by counter-example",
  "on the exam",
  "under load",
  "and what it costs",
  "with a model checker",
  "for the impatient",
  "in twelve lines",
  "revisited",
  "and its failures",
  "measured",
];
const categories = ["lecture", "exercise", "case study", "reading", "notes"];
const tagNames = ["basics", "protocol", "postgres", "edge", "theory", "operations", "security", "testing"];
const sentences = [
  "A cache is a promise about the past, and most of them do not say which past.",
  "The question is never whether the copy differs, but for how long nobody knows.",
  "Two readers who ask at once should cost the database one query.",
  "An invalidation that is lost is worse than one that is late.",
  "Measure the miss, because the hit has nothing left to tell you.",
  "What a key leaves out, two users will one day share.",
  "If the clock decides, ask whose clock it is.",
  "A bound that nobody checks is a hope.",
  "Write down why an answer was not cached; the list is shorter than you fear.",
  "Every layer that remembers must be told to forget.",
  "The slowest reader of the old value sets the real time to live.",
];
const remarks = [
  "This finally made it click for me.",
  "Is there a proof for the second claim?",
  "We lost a weekend to exactly this.",
  "Does it still hold when the writer crashes half-way?",
  "The diagram in the lecture has an arrow the wrong way round.",
  "Merci, très clair !",
  "Would love to see numbers for a cold start.",
];

export function authors(): object[] {
  return names.map((name, index) => ({
    id: index + 1,
    name,
    email: `author${index + 1}@course.example`,
    bio: index % 4 === 3 ? null : `Teaches ${at(topics, index * 3).toLowerCase()}.`,
    joined_on: `20${18 + (index % 7)}-0${1 + (index % 9)}-15`,
  }));
}

export function articles(): object[] {
  return Array.from({ length: ARTICLES }, (_, index) => {
    const draft = index % 10 === 9;
    return {
      id: index + 1,
      title: `${at(topics, index)} ${at(angles, Math.floor(index / topics.length))}`,
      body: Array.from({ length: 8 }, (_, n) => at(sentences, index * 5 + n * (1 + (index % 3)))).join(" "),
      author_id: 1 + ((index * 7) % AUTHORS),
      category: at(categories, index * 3 + Math.floor(index / 11)),
      keywords: [at(tagNames, index), at(tagNames, index + 3)],
      metadata: {
        minutes: 3 + (index % 9),
        level: at(["beginner", "advanced"], index),
        cover: { alt: null },
      },
      views: (index * 7919) % 5000,
      draft,
      published_at: draft ? null : new Date(FIRST_ARTICLE + index * 31 * HOUR).toISOString(),
    };
  });
}

/** Some articles get many comments, some none; some articles with comments are drafts. */
export function comments(): object[] {
  return Array.from({ length: COMMENTS }, (_, index) => ({
    id: index + 1,
    article_id: 1 + ((index % 3 === 0 ? index * 7 : index * index * 13 + index * 7) % ARTICLES),
    author: `student${1 + ((index * 17) % 90)}`,
    body: at(remarks, index * 3),
    created_at: new Date(FIRST_ARTICLE + index * 11 * HOUR).toISOString(),
  }));
}

export function tags(): object[] {
  return tagNames.map((name, index) => ({ id: index + 1, name }));
}

export function articleTags(): object[] {
  return Array.from({ length: ARTICLES }, (_, index) =>
    [1, 3, 4].slice(0, index % 4).map((step) => ({
      article_id: index + 1,
      tag_id: 1 + ((index + step) % tagNames.length),
    })),
  ).flat();
}

function at<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}
