import {
  authorOfComment,
  authorOfStory,
  COMMENT_SCORES,
  COMMENT_STORIES,
  createdOf,
  HOTNESS,
  MEMBER_VOTES,
  STORIES,
  STORY_COMMENTS,
  STORY_SCORES,
} from "../database/lobsters.ts";
import type { Draw } from "./draw.ts";
import { REQUESTS } from "./published.ts";
import type { Shape, Workload, Write } from "./shapes.ts";

/** As in Noria's generator: stories are read as they are voted on, and members as they vote. */
const story = (draw: Draw) => 1 + draw.among(STORY_SCORES);
const member = (draw: Draw) => 1 + draw.among(MEMBER_VOTES);
const comment = (draw: Draw) => 1 + draw.among(COMMENT_SCORES);
/** Most people look at the first page. */
const page = (draw: Draw, size: number) => String(size * (draw.zipf(4, 2) - 1));

const [FRONT_SIZE, RECENT_SIZE, COMMENTS_SIZE] = [25, 25, 20];
const FRONT = "front";
const RECENT = "recent";
const COMMENTS_PAGES = "comments";
const storyTag = (id: number | string) => `story ${id}`;
const memberTag = (id: number | string) => `member ${id}`;

/** A page of the site is a request with embeds. Readers are anonymous: their own votes would be a request more. */
const SHAPES: readonly Shape[] = [
  {
    name: "story",
    weight: REQUESTS.story,
    tables: ["stories", "remarks", "members"],
    value: (draw) => String(story(draw)),
    path: (id) =>
      "/rest/v1/stories?select=id,title,url,description,score,created,author:members(username)," +
      `remarks(id,parent_id,body,score,created,author:members(username))&id=eq.${id}&remarks.order=score.desc,id.asc`,
    sql: `select s.id, s.title, s.url, s.description, s.score, s.created, m.username,
        r.id as remark, r.parent_id, r.body, r.score as votes, r.created as said, a.username as by
      from stories s join members m on m.id = s.member_id
        left join remarks r on r.story_id = s.id left join members a on a.id = r.member_id
      where s.id = p.v::int order by r.score desc, r.id`,
    tags: (id) => [storyTag(id)],
  },
  {
    name: "front page",
    weight: REQUESTS.frontPage,
    tables: ["stories", "members"],
    value: () => "0",
    path: (offset) =>
      "/rest/v1/stories?select=id,title,url,score,comments_count,created,author:members(username)" +
      `&order=hotness.desc,id.desc&limit=${FRONT_SIZE}&offset=${offset}`,
    sql: `select s.id, s.title, s.url, s.score, s.comments_count, s.created, m.username
      from stories s join members m on m.id = s.member_id
      order by s.hotness desc, s.id desc limit ${FRONT_SIZE} offset p.v::int`,
    tags: () => [FRONT],
  },
  {
    name: "user",
    weight: REQUESTS.user,
    tables: ["members", "stories"],
    value: (draw) => String(member(draw)),
    path: (id) =>
      "/rest/v1/members?select=id,username,about,karma,created,stories(id,title,score,comments_count)" +
      `&username=eq.member${id}&stories.order=id.desc&stories.limit=10`,
    sql: `select m.id, m.username, m.about, m.karma, m.created, s.id as story, s.title, s.score, s.comments_count
      from members m left join lateral
        (select * from stories where member_id = m.id order by id desc limit 10) s on true
      where m.username = 'member' || p.v order by s.id desc`,
    tags: (id) => [memberTag(id)],
  },
  {
    name: "comments",
    weight: REQUESTS.comments,
    tables: ["remarks", "members", "stories"],
    value: (draw) => page(draw, COMMENTS_SIZE),
    path: (offset) =>
      "/rest/v1/remarks?select=id,body,score,created,author:members(username),story:stories(id,title)" +
      `&order=id.desc&limit=${COMMENTS_SIZE}&offset=${offset}`,
    sql: `select r.id, r.body, r.score, r.created, m.username, s.id as story, s.title
      from remarks r join members m on m.id = r.member_id join stories s on s.id = r.story_id
      order by r.id desc limit ${COMMENTS_SIZE} offset p.v::int`,
    tags: () => [COMMENTS_PAGES],
  },
  {
    name: "recent",
    weight: REQUESTS.recent,
    tables: ["stories", "members"],
    value: (draw) => page(draw, RECENT_SIZE),
    path: (offset) =>
      "/rest/v1/stories?select=id,title,url,score,comments_count,created,author:members(username)" +
      `&order=id.desc&limit=${RECENT_SIZE}&offset=${offset}`,
    sql: `select s.id, s.title, s.url, s.score, s.comments_count, s.created, m.username
      from stories s join members m on m.id = s.member_id
      order by s.id desc limit ${RECENT_SIZE} offset p.v::int`,
    tags: () => [RECENT],
  },
];

const SCORED = ["stories", "members", "votes"];

const storyVote = (vote: 1 | -1) => (draw: Draw) => {
  const [id, voter] = [story(draw), member(draw)];
  return {
    sql: `begin; insert into votes (member_id, story_id, vote) values (${voter}, ${id}, ${vote});
      update stories set score = score + ${vote} where id = ${id};
      update stories set hotness = ${HOTNESS} where id = ${id};
      update members set karma = karma + ${vote} where id = ${authorOfStory(id)}; commit;`,
    tags: [storyTag(id), FRONT, RECENT, memberTag(authorOfStory(id))],
  };
};

const commentVote = (vote: 1 | -1) => (draw: Draw) => {
  const [id, voter] = [comment(draw), member(draw)];
  const about = COMMENT_STORIES[id - 1] as number;
  return {
    sql: `begin; insert into votes (member_id, story_id, remark_id, vote) values (${voter}, ${about}, ${id}, ${vote});
      update remarks set score = score + ${vote} where id = ${id};
      update members set karma = karma + ${vote} where id = ${authorOfComment(id)}; commit;`,
    tags: [storyTag(about), COMMENTS_PAGES, memberTag(authorOfComment(id))],
  };
};

const say = (isReply: boolean) => (draw: Draw, turn: number) => {
  const about = 1 + draw.among(STORY_COMMENTS);
  const parent = isReply ? `(select min(id) from remarks where story_id = ${about})` : "null";
  return {
    sql: `begin; insert into remarks (story_id, member_id, parent_id, body, created)
        values (${about}, ${member(draw)}, ${parent}, 'What ${turn} says. And why it says so.', ${1_700_000_000 + turn});
      update stories set comments_count = comments_count + 1 where id = ${about}; commit;`,
    tags: [storyTag(about), COMMENTS_PAGES, FRONT, RECENT, memberTag(authorOfStory(about))],
  };
};

const WRITES: readonly Write[] = [
  {
    name: "comment voted up",
    weight: REQUESTS.commentUpvote,
    tables: ["remarks", "members", "votes"],
    sql: commentVote(1),
  },
  {
    name: "comment voted down",
    weight: REQUESTS.commentDownvote,
    tables: ["remarks", "members", "votes"],
    sql: commentVote(-1),
  },
  { name: "story voted up", weight: REQUESTS.storyUpvote, tables: SCORED, sql: storyVote(1) },
  { name: "story voted down", weight: REQUESTS.storyDownvote, tables: SCORED, sql: storyVote(-1) },
  { name: "comment", weight: REQUESTS.comment, tables: ["remarks", "stories"], sql: say(false) },
  { name: "reply", weight: REQUESTS.reply, tables: ["remarks", "stories"], sql: say(true) },
  {
    name: "submit",
    weight: REQUESTS.submit,
    tables: ["stories"],
    sql: (draw, turn) => {
      const author = member(draw);
      const created = createdOf(STORIES + 1) + turn;
      return {
        sql: `insert into stories (member_id, title, url, description, created, hotness)
          values (${author}, 'Submitted ${turn}', 'https://example.com/new/${turn}', 'text', ${created}, ${created})`,
        tags: [FRONT, RECENT, memberTag(author)],
      };
    },
  },
  {
    name: "login",
    weight: REQUESTS.login + REQUESTS.logout,
    tables: ["logins"],
    sql: (draw) => ({ sql: `insert into logins (member_id) values (${member(draw)})`, tags: [] }),
  },
];

export const LOBSTERS: Workload = { name: "lobsters", shapes: SHAPES, writes: WRITES };
