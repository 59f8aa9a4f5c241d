import { invalidParameter, json, notAuthorizedToViewUser } from "./answer.ts";
import { textField } from "./body.ts";
import { countOf, placeOf, sizeOf, timeOf } from "./page.ts";
import { feedAnswer, mediaItems, mediaTexts, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { guidesOf, guideText } from "./seed/guides.ts";
import type { Person } from "./seed/people.ts";
import { isMediaId, type Post, type PostKind, placeOfPost } from "./seed/posts.ts";
import { BEGINNING, type List, pageOf } from "./store/list.ts";
import { pinnedFirst, pinnedPlace } from "./store/pinned.ts";
import { issueCursor } from "./token.ts";
import { findPerson, shownPersonOf, shownTo } from "./user.ts";

const USUAL_PAGE = 12;
const LARGEST_PAGE = 50;

/** What one user posted, and posts that tag the user. */
export const USER_POSTS: readonly Route[] = [
  { method: "GET", path: "/api/v1/feed/user/{id}/", handle: userFeed },
  {
    method: "POST",
    path: "/api/v1/clips/user/",
    requiredFields: ["target_user_id"],
    handle: clips,
  },
  {
    method: "GET",
    path: "/api/v1/igtv/channel/",
    requiredQuery: ["id"],
    handle: (exchange) => channel(exchange, (name) => exchange.query.get(name) ?? ""),
  },
  {
    method: "POST",
    path: "/api/v1/igtv/channel/",
    body: "form",
    requiredFields: ["id"],
    handle: (exchange) => channel(exchange, (name) => textField(exchange.fields, name) ?? ""),
  },
  { method: "GET", path: "/api/v1/usertags/{id}/feed/", handle: usertags },
  { method: "GET", path: "/api/v1/guides/user/{id}/", handle: guides },
];

/** The user whose id is in the path. Throws a Refusal where the viewer may not see the user's posts. */
function visibleOwner(exchange: Exchange): Person {
  return visible(exchange, shownPersonOf(exchange));
}

/** The user with an id from a field. Throws a Refusal where the viewer may not see the user's posts. */
function visiblePerson(exchange: Exchange, id: string): Person {
  const { world, viewer } = exchange;
  return visible(exchange, shownTo(world, viewer, findPerson(world, id)));
}

function visible({ world, viewer }: Exchange, person: Person): Person {
  if (!world.canSee(viewer, person)) throw notAuthorizedToViewUser();
  return person;
}

/** A user's posts: those that are pinned, then the others, newest first. The cursor is the id of the page's last post, as upstream. */
function userFeed(exchange: Exchange): Response {
  const { world, query } = exchange;
  const owner = visibleOwner(exchange);
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const oldest = timeOf(query, "min_timestamp") ?? Number.NEGATIVE_INFINITY;
  const newest = timeOf(query, "max_timestamp") ?? Number.POSITIVE_INFINITY;
  const posts = postsOf(exchange, owner, (post) => {
    const takenAt = Math.floor(post.takenAt / 1_000);
    return takenAt >= oldest && takenAt <= newest;
  });
  const shown = pinnedFirst(posts, ({ isPinned }) => isPinned);
  const { items, next } = pageOf(shown, afterCursor(exchange, owner), size);
  const last = next === undefined ? undefined : items.at(-1);
  return feedAnswer(
    mediaTexts(exchange, items),
    last && `${last.pk}_${owner.pk}`,
    `,"user":${world.shortText(owner)}`,
  );
}

/** An owner's posts that `isWanted` accepts, newest first. */
function postsOf(
  { world }: Exchange,
  owner: Person,
  isWanted: (post: Post) => boolean,
): List<Post> {
  const posts = world.posts.all.of(owner);
  return {
    *from(place) {
      for (const entry of posts.from(place)) if (isWanted(entry[1])) yield entry;
    },
  };
}

/** Where a page starts: after the post whose id is the cursor, even if that post is deleted by now. */
function afterCursor({ world, query, now }: Exchange, owner: Person): number {
  const cursor = query.get("max_id") ?? "";
  if (cursor === "") return BEGINNING;
  const [pk = "", ownerPk = String(owner.pk)] = cursor.split("_");
  const takenAt =
    isMediaId(cursor) && ownerPk === String(owner.pk)
      ? world.posts.takenAt(BigInt(pk), owner, now)
      : undefined;
  if (takenAt === undefined) throw invalidParameter("max_id");
  const place = placeOfPost({ takenAt });
  return (world.posts.byPk(BigInt(pk))?.isPinned ? pinnedPlace(place) : place) + 1;
}

/** A user's Reels, with other videos where the request asks for them. */
function clips(exchange: Exchange): Response {
  const { fields } = exchange;
  const owner = visiblePerson(exchange, textField(fields, "target_user_id") ?? "");
  const withVideos = String(fields.include_feed_video) === "true";
  const { posts, next } = pageOfKinds(exchange, owner, {
    kinds: withVideos ? ["clip", "video"] : ["clip"],
    list: `clips ${owner.pk} ${withVideos}`,
    cursor: textField(fields, "max_id") ?? "",
    size: sizeOf(textField(fields, "page_size") ?? "", USUAL_PAGE, LARGEST_PAGE),
  });
  const paging = next === undefined ? "" : `"max_id":${JSON.stringify(next)},`;
  return json(
    `{"items":[${mediaItems(exchange, posts).join(",")}],` +
      `"paging_info":{${paging}"more_available":${next !== undefined}},"status":"ok"}`,
  );
}

/** The channel of a user's videos. Older apps ask for it with a POST. */
function channel(exchange: Exchange, field: (name: string) => string): Response {
  const id = field("id");
  const [, pk = ""] = /^(?:uservideo|user)_(\d+)$/.exec(id) ?? [];
  if (pk === "") throw invalidParameter("id");
  const owner = visiblePerson(exchange, pk);
  const { posts, next } = pageOfKinds(exchange, owner, {
    kinds: ["video"],
    list: `videos ${owner.pk}`,
    cursor: field("max_id"),
    size: sizeOf(field("count"), USUAL_PAGE, LARGEST_PAGE),
  });
  const cursor = next === undefined ? "" : `,"max_id":${JSON.stringify(next)}`;
  return json(
    `{"id":${JSON.stringify(id)},"items":[${mediaTexts(exchange, posts).join(",")}],"more_available":${next !== undefined},` +
      `"title":${JSON.stringify(owner.username)},"type":"user","description":null,"cover_photo_url":null,` +
      `"approx_total_videos":null,"seen_state":{},"user_dict":${exchange.world.shortText(owner)}` +
      `${cursor},"status":"ok"}`,
  );
}

interface KindsPage {
  readonly kinds: readonly PostKind[];
  /** The name that the cursor is bound to. */
  readonly list: string;
  readonly cursor: string;
  readonly size: number;
}

/** A page of an owner's posts of some kinds, newest first, and the cursor of the next page. */
function pageOfKinds(
  exchange: Exchange,
  owner: Person,
  { kinds, list, cursor, size }: KindsPage,
): { posts: readonly Post[]; next: string | undefined } {
  const posts = postsOf(exchange, owner, ({ kind }) => kinds.includes(kind));
  const { items, next } = pageOf(posts, placeOf(cursor, list), size);
  return { posts: items, next: next === undefined ? undefined : issueCursor(list, next) };
}

/** Posts that tag a user, without those of accounts that the viewer may not see. */
function usertags(exchange: Exchange): Response {
  const { world, query } = exchange;
  const person = visibleOwner(exchange);
  const list = `usertags ${person.pk}`;
  const start = placeOf(query.get("max_id") ?? "", list);
  const posts = world.posts.tagging.of(person);
  const { items, next } = postsPage(
    exchange,
    posts,
    start,
    countOf(query, USUAL_PAGE, LARGEST_PAGE),
  );
  return feedAnswer(
    mediaTexts(exchange, items),
    next === undefined ? undefined : issueCursor(list, next),
    `,"total_count":${posts.count},"requires_review":false,"new_photos":[]`,
  );
}

function guides(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const owner = visibleOwner(exchange);
  const texts = guidesOf(world.seed, owner).map((guide) =>
    guideText(world.seed, guide, world.mediaText(viewer, guide.cover)),
  );
  return json(`{"guides":[${texts.join(",")}],"more_available":false,"status":"ok"}`);
}
