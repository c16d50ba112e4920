import { articles, type QueryShape, samples } from "./query-shape.ts";

export const trees: readonly QueryShape[] = [
  { name: "or", ask: (c) => articles(c).or("id.eq.3,views.lt.40") },
  {
    name: "or with and inside",
    ask: (c) => articles(c, "id,views").or("and(views.gt.4900,category.eq.lecture),id.in.(1,2)"),
  },
  {
    name: "a negated and inside an or",
    ask: (c) => samples(c, "id").or("not.and(id.gt.2,label.is.null),id.eq.4"),
  },
  {
    name: "two ors",
    ask: (c) => articles(c).or("id.lt.40,id.gt.200").or("category.eq.notes,category.eq.reading"),
  },
  {
    name: "quoted values in a tree",
    ask: (c) => samples(c, "id,label").or('label.eq."a,b",label.in.("plain","(c)")'),
  },
  {
    name: "a tree four deep",
    ask: (c) => articles(c).or("and(or(id.eq.1,and(id.gt.5,id.lt.9)),category.neq.notes),id.eq.11"),
  },
  { name: "in and null in a tree", ask: (c) => samples(c, "id").or("label.is.null,id.in.(5,6)") },
];
