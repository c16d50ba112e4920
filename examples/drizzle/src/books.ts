import { avg, count, desc, eq } from "drizzle-orm";
import { Hono } from "hono";
import * as v from "valibot";
import type { AppEnv } from "./database.ts";
import { authors, books, reviews } from "./schema.ts";

// Nothing here knows of a cache: these are the queries that Drizzle's documentation has.

const NewBook = v.object({
  authorId: v.pipe(v.number(), v.integer()),
  title: v.pipe(v.string(), v.minLength(1)),
  publishedAt: v.pipe(v.string(), v.isoDate()),
});
const NewReview = v.object({
  stars: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
  text: v.string(),
});

export const bookRoutes = new Hono<AppEnv>()
  .get("/", async (c) => {
    const list = await c.var.db
      .select({
        id: books.id,
        title: books.title,
        author: authors.name,
        publishedAt: books.publishedAt,
        reviews: count(reviews.id),
        stars: avg(reviews.stars).mapWith(Number),
      })
      .from(books)
      .innerJoin(authors, eq(authors.id, books.authorId))
      .leftJoin(reviews, eq(reviews.bookId, books.id))
      .groupBy(books.id)
      .orderBy(desc(books.publishedAt), books.id)
      .limit(50);
    return c.json(list);
  })

  .get("/:id{[0-9]+}", async (c) => {
    const book = await c.var.db.query.books.findFirst({
      where: eq(books.id, Number(c.req.param("id"))),
      with: { author: true, reviews: { orderBy: desc(reviews.id), limit: 20 } },
    });
    return book === undefined ? c.json({ error: "no such book" }, 404) : c.json(book);
  })

  .post("/", async (c) => {
    const given = v.safeParse(NewBook, await c.req.json().catch(() => undefined));
    if (!given.success) return c.json({ error: "authorId, title and publishedAt, a date" }, 400);
    const { authorId, title, publishedAt } = given.output;
    const [book] = await c.var.db
      .insert(books)
      .values({ authorId, title, publishedAt: new Date(publishedAt) })
      .returning();
    return c.json(book, 201);
  })

  .post("/:id{[0-9]+}/reviews", async (c) => {
    const given = v.safeParse(NewReview, await c.req.json().catch(() => undefined));
    if (!given.success) return c.json({ error: "stars from 1 to 5, and a text" }, 400);
    const bookId = Number(c.req.param("id"));
    const [review] = await c.var.db
      .insert(reviews)
      .values({ bookId, ...given.output })
      .returning();
    return c.json(review, 201);
  })

  .delete("/:id{[0-9]+}", async (c) => {
    // Its reviews go with it, by the foreign key. Their triggers tell of that, too.
    const gone = await c.var.db
      .delete(books)
      .where(eq(books.id, Number(c.req.param("id"))))
      .returning();
    return gone.length === 0 ? c.json({ error: "no such book" }, 404) : c.body(null, 204);
  });
