import type { Cases } from "../../compare.ts";
import type { Db } from "./d1-reads.ts";

const at = (round: number) => new Date(1_767_323_045_678 + round);

export const writes: Cases<Db>["writes"] = {
  "create, with one of every type": (db, round) =>
    db.post.create({
      data: {
        slug: `new-${round}`,
        language: "en",
        title: `New ${round}`,
        views: 2n ** 52n + BigInt(round),
        price: "3.14",
        rating: 0.1 + 0.2,
        picture: new Uint8Array([0, 255, round]),
        meta: { round, nested: [true, null] },
        published: true,
        at: at(round),
        authorId: 3,
      },
    }),
  "create, with relations": (db, round) =>
    db.author.create({
      data: {
        name: "Eve",
        email: `eve${round}@example.org`,
        role: "EDITOR",
        manager: { connect: { id: 1 } },
        profile: { create: { bio: "" } },
        posts: {
          create: [
            {
              slug: `eve-${round}`,
              language: "tr",
              title: "Eve’s",
              at: at(round),
              tags: { connectOrCreate: { where: { name: "sql" }, create: { name: "sql" } } },
            },
          ],
        },
      },
      include: { posts: { include: { tags: true } }, profile: true },
    }),
  createMany: (db, round) => db.tag.createMany({ data: [{ name: `t${round}` }, { name: `u${round}` }] }),
  createManyAndReturn: (db, round) =>
    db.tag.createManyAndReturn({ data: [{ name: `v${round}` }, { name: `w${round}` }] }),
  update: (db, round) => db.post.update({ where: { id: 2 }, data: { title: `Second ${round}` } }),
  "update: numbers": (db) =>
    db.post.update({
      where: { id: 2 },
      data: { views: { increment: 2 }, price: { multiply: 2 } },
      select: { views: true },
    }),
  "update: relations": (db, round) =>
    db.post.update({
      where: { id: 1 },
      data: {
        tags: round % 2 ? { connect: { id: 2 } } : { set: [{ id: 1 }] },
        author: { update: { role: "EDITOR" } },
      },
      include: { tags: { orderBy: { id: "asc" } }, author: true },
    }),
  updateMany: (db) => db.post.updateMany({ where: { language: "en" }, data: { views: { increment: 1 } } }),
  updateManyAndReturn: (db, round) =>
    db.author.updateManyAndReturn({
      where: { id: { lte: 2 } },
      data: { name: `Name ${round}` },
      select: { id: true, name: true },
    }),
  "upsert: is there": (db, round) =>
    db.author.upsert({
      where: { email: "ann@example.org" },
      create: { name: "Ann", email: "ann@example.org" },
      update: { name: `Ann ${round}` },
    }),
  "upsert: is not there": (db, round) =>
    db.tag.upsert({ where: { name: `x${round}` }, create: { name: `x${round}` }, update: {} }),
  "a unique constraint": (db) => db.author.create({ data: { name: "Twice", email: "ann@example.org" } }),
  "a foreign key": (db, round) => db.profile.create({ data: { bio: "", authorId: 50_000 + round } }),
  "an update of none": (db) => db.author.update({ where: { id: 99_999 }, data: { name: "x" } }),
  "a transaction of writes and reads": (db, round) =>
    db.$transaction([
      db.tag.create({ data: { name: `tx${round}` } }),
      db.tag.count(),
      db.author.findUnique({ where: { id: 1 } }),
    ]),
  $executeRaw: (db, round) => db.$executeRaw`UPDATE authors SET name = ${`Cem ${round}`} WHERE id = ${3}`,
  delete: (db, round) => db.tag.delete({ where: { name: `tx${round - 2}` } }),
  deleteMany: (db) => db.tag.deleteMany({ where: { name: { startsWith: "u" } } }),
  "a delete that cascades": (db) => db.author.delete({ where: { id: 3 }, include: { posts: true } }),
  "a row comes back": (db) => db.author.create({ data: { id: 3, name: "Cem", email: "cem@example.org" } }),
};
