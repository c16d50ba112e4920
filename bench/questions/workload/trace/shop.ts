import { CATEGORIES, PRODUCTS, TERMS } from "../database/schema.ts";
import type { Draw } from "./draw.ts";
import type { Shape, Workload, Write } from "./shapes.ts";

/** This many of 2,000 products are on display; the rest appear only in lists. */
const DISPLAYED = 400;
const product = (draw: Draw) => String(draw.zipf(DISPLAYED));
const category = (draw: Draw) => String(draw.zipf(CATEGORIES));

const SHAPES: readonly Shape[] = [
  {
    name: "product page",
    weight: 30,
    tables: ["products", "categories"],
    value: product,
    path: (id) =>
      `/rest/v1/products?select=id,name,description,price,stock,category:categories(id,name)&id=eq.${id}`,
    sql: `select x.id, x.name, x.description, x.price, x.stock, c.name as category
      from products x left join categories c on c.id = x.category_id where x.id = p.v::int`,
  },
  {
    name: "category",
    weight: 18,
    tables: ["products"],
    value: category,
    path: (id) =>
      `/rest/v1/products?select=id,name,price&category_id=eq.${id}&active=is.true&order=price.asc,id.asc&limit=20`,
    sql: `select id, name, price from products where category_id = p.v::int and active
      order by price, id limit 20`,
  },
  {
    name: "reviews",
    weight: 16,
    tables: ["reviews"],
    value: product,
    path: (id) => `/rest/v1/reviews?select=id,stars,body&product_id=eq.${id}&order=id.desc&limit=10`,
    sql: "select id, stars, body from reviews where product_id = p.v::int order by id desc limit 10",
  },
  {
    name: "search",
    weight: 8,
    tables: ["products"],
    value: (draw) => TERMS[draw.zipf(TERMS.length) - 1] ?? "",
    path: (term) => `/rest/v1/products?select=id,name,price&name=like.*${term}*&order=id.asc&limit=20`,
    sql: "select id, name, price from products where name like '%' || p.v || '%' order by id limit 20",
  },
  {
    name: "counter",
    weight: 10,
    tables: ["products"],
    value: product,
    path: (id) => `/rest/v1/products?select=id,views,stock&id=eq.${id}`,
    sql: "select id, views, stock from products where id = p.v::int",
  },
  {
    name: "most viewed",
    weight: 6,
    tables: ["products"],
    value: () => "all",
    path: () => "/rest/v1/products?select=id,name,views&order=views.desc,id.asc&limit=10",
    sql: "select id, name, views from products order by views desc, id limit 10",
  },
  {
    name: "most viewed of a category",
    weight: 4,
    tables: ["products"],
    value: category,
    path: (id) =>
      `/rest/v1/products?select=id,name,views&category_id=eq.${id}&order=views.desc,id.asc&limit=5`,
    sql: `select id, name, views from products where category_id = p.v::int order by views desc, id limit 5`,
  },
  {
    name: "categories",
    weight: 8,
    tables: ["categories"],
    value: () => "all",
    path: () => "/rest/v1/categories?select=id,name&order=id.asc",
    sql: "select id, name from categories order by id",
  },
];

const COUNT: Write = {
  name: "view counted",
  weight: 0,
  tables: ["products"],
  sql: (draw) => `update products set views = views + 1 where id = ${product(draw)}`,
};

const EDITS: readonly Write[] = [
  {
    name: "sold",
    weight: 35,
    tables: ["products"],
    sql: (draw) => `update products set stock = stock - 1 where id = ${product(draw)}`,
  },
  {
    name: "price",
    weight: 20,
    tables: ["products"],
    sql: (draw) =>
      `update products set price = ${500 + draw.below(20_000)} where id = ${1 + draw.below(PRODUCTS)}`,
  },
  {
    name: "review",
    weight: 25,
    tables: ["reviews"],
    sql: (draw, turn) =>
      `insert into reviews (product_id, stars, body) values (${product(draw)}, ${1 + draw.below(5)}, 'review ${turn}')`,
  },
  {
    name: "description",
    weight: 10,
    tables: ["products"],
    sql: (draw, turn) => `update products set description = 'Rewritten ${turn}' where id = ${product(draw)}`,
  },
  {
    name: "new product",
    weight: 5,
    tables: ["products"],
    sql: (draw, turn) =>
      `insert into products (category_id, name, description, price, stock)
       values (${category(draw)}, 'The new ${draw.pick(TERMS)} ${turn}', 'text', ${500 + draw.below(20_000)}, 10)`,
  },
  {
    name: "withdrawn",
    weight: 3,
    tables: ["products"],
    sql: (draw) => `update products set active = not active where id = ${1 + draw.below(PRODUCTS)}`,
  },
  {
    name: "import",
    weight: 2,
    tables: ["products"],
    sql: (draw, turn) =>
      `begin; update products set price = price + 1 where category_id = ${category(draw)};
       insert into products (category_id, name, description, price, stock)
         select ${category(draw)}, 'The imported ${draw.pick(TERMS)} ${turn}.' || n, 'text', 700 + n, 5
         from generate_series(1, 50) n; commit;`,
  },
];

/** Orders, prices, reviews, now and then an import. */
export const CATALOGUE: Workload = { name: "catalogue", shapes: SHAPES, writes: EDITS };

/** The same reads, while nine of ten writes count a view in a row that all readers read. */
export const COUNTERS: Workload = {
  name: "counters",
  shapes: SHAPES,
  writes: [...EDITS, { ...COUNT, weight: 9 * EDITS.reduce((sum, { weight }) => sum + weight, 0) }],
};
