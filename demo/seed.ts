import { readFileSync } from "node:fs";
import { articles, articleTags, authors, comments, tags } from "./blog.ts";
import { samples } from "./samples.ts";

/** Rows by qualified table name, parents before children. The same rows on every machine and in every run. */
export function seedRows(): [table: string, rows: object[]][] {
  return [
    ["public.authors", authors()],
    ["public.articles", articles()],
    ["public.comments", comments()],
    ["public.tags", tags()],
    ["public.article_tags", articleTags()],
    ["public.movies", movies()],
    ["public.samples", samples],
    ["archive.articles", archivedArticles],
  ];
}

const archivedArticles = [
  { id: 1, title: "Memcached on a single machine", archived_on: "2019-03-01" },
  { id: 2, title: "Why we wrote our own reverse proxy", archived_on: "2020-11-17" },
  { id: 3, title: "Edge Side Includes, a farewell", archived_on: "2021-06-30" },
];

interface VegaMovie {
  Title: string | number | null;
  Director: string | null;
  Distributor: string | null;
  Source: string | null;
  "Major Genre": string | null;
  "Creative Type": string | null;
  "MPAA Rating": string | null;
  "Release Date": string;
  "Running Time min": number | null;
  "Production Budget": number | null;
  "US Gross": number | null;
  "Worldwide Gross": number | null;
  "US DVD Sales": number | null;
  "IMDB Rating": number | null;
  "IMDB Votes": number | null;
  "Rotten Tomatoes Rating": number | null;
}

function movies(): object[] {
  const file = new URL("../node_modules/vega-datasets/data/movies.json", import.meta.url); // not in its exports
  const rows: VegaMovie[] = JSON.parse(readFileSync(file, "utf8"));
  return rows.map((row, index) => ({
    id: index + 1,
    title: row.Title === null ? null : String(row.Title), // "1776" and "2012" are numbers in the file
    director: row.Director,
    distributor: row.Distributor,
    source: row.Source,
    genre: row["Major Genre"],
    creative_type: row["Creative Type"],
    mpaa_rating: row["MPAA Rating"],
    released_on: isoDate(row["Release Date"]),
    running_minutes: row["Running Time min"],
    budget: row["Production Budget"],
    us_gross: row["US Gross"],
    worldwide_gross: row["Worldwide Gross"],
    us_dvd_sales: row["US DVD Sales"],
    imdb_rating: row["IMDB Rating"],
    imdb_votes: row["IMDB Votes"],
    rotten_tomatoes: row["Rotten Tomatoes Rating"],
  }));
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Jun 12 1998` → `1998-06-12`. The file reads two-digit years as 20xx: a film "of 2046" is from 1946. */
function isoDate(text: string): string {
  const [month = "", day = "", year = ""] = text.split(" ");
  const corrected = Number(year) > 2011 ? Number(year) - 100 : Number(year);
  return `${corrected}-${String(months.indexOf(month) + 1).padStart(2, "0")}-${day}`;
}
