import { invalidParameter, type JsonObject, json } from "./answer.ts";
import { positionOf } from "./page.ts";
import { mediaItems, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { blended, numbered, searchedText, usersFound } from "./search.ts";
import type { Post } from "./seed/posts.ts";
import { userShort } from "./seed/user-shape.ts";
import type { ComputedList } from "./store/list.ts";
import { issueCursor, readCursor } from "./token.ts";
import { isUuid } from "./verify.ts";

const ACCOUNTS_ON_A_PAGE = 20;
const REELS_ON_A_PAGE = 12;
/** Posts in the grid of the first tab. */
const GRID_ON_A_PAGE = 18;
/** Reels in the row of the first tab. */
const REELS_IN_GRID = 6;

/** Most users whose posts a search looks at. */
const MOST_OWNERS = 12;
/** Most positions of a hashtag that a search looks at: results end before the hashtag's own list. */
const MOST_TAGGED = 1_200;

const SEARCHED = { requiredQuery: ["search_surface", "query"] } as const;

/** The tabs of search results, page by page. */
export const SEARCH_TABS: readonly Route[] = [
  { method: "GET", path: "/api/v1/fbsearch/account_serp/", ...SEARCHED, handle: accounts },
  { method: "GET", path: "/api/v1/fbsearch/reels_serp/", ...SEARCHED, handle: reels },
  { method: "GET", path: "/api/v1/fbsearch/top_serp/", ...SEARCHED, handle: top },
];

function accounts(exchange: Exchange): Response {
  const text = searchedText(exchange);
  const list = `account_serp ${text}`;
  const start = positionOf(exchange.query.get("page_token") ?? "", list, "page_token");
  const end = start + ACCOUNTS_ON_A_PAGE;
  // There is a next page only if there is a user for it.
  const people = exchange.world.people.search(text, end + 1);
  const more = people.length > end;
  const token = more ? issueCursor(list, end) : null;
  const { world, viewer } = exchange;
  const users = people
    .slice(start, end)
    .filter((person) => !world.friendships.blocks.has(person, viewer));
  return answer({
    num_results: users.length,
    users: users.map(userShort),
    has_more: more,
    page_token: token,
    next_page_token: token,
    rank_token: rankToken(exchange, text),
    clear_client_cache: false,
  });
}

function reels(exchange: Exchange): Response {
  const text = searchedText(exchange);
  const rank = rankToken(exchange, text);
  const { medias, next } = reelsFound(exchange, text, REELS_ON_A_PAGE);
  return answer(
    {
      has_more: next !== null,
      reels_max_id: next,
      rank_token: rank,
      page_index: 0,
      clear_client_cache: false,
    },
    `"reels_serp_modules":[{"module_type":"clips","clips":[${medias.join(",")}]}]`,
  );
}

/** A grid of posts and a row of Reels on every page; the first page also has results of all kinds. */
function top(exchange: Exchange): Response {
  const text = searchedText(exchange);
  const rank = rankToken(exchange, text);
  const list = `top_serp ${text}`;
  const start = positionOf(exchange.query.get("next_max_id") ?? "", list, "next_max_id");
  const grid = postsPage(exchange, postsFound(exchange, text), start, GRID_ON_A_PAGE);
  const next = grid.next === undefined ? null : issueCursor(list, grid.next);
  const row = reelsFound(exchange, text, REELS_IN_GRID);
  const sections =
    `[{"layout_type":"media_grid","layout_content":{"medias":[${mediaItems(exchange, grid.items).join(",")}]}},` +
    `{"layout_type":"clips_row","layout_content":{"clips":[${row.medias.join(",")}]}}]`;
  const paging = { has_more: next !== null, next_max_id: next, reels_max_id: row.next };
  return answer(
    {
      ...paging,
      list: start === 0 ? numbered(blended(exchange, text, 20)) : [],
      rank_token: rank,
      clear_client_cache: false,
    },
    `"media_grid":{"sections":${sections},${JSON.stringify(paging).slice(1, -1)},"refinements":[]}`,
  );
}

/** An answer in which some fields are JSON text already: `written`. */
function answer(fields: JsonObject, written = ""): Response {
  const text = JSON.stringify({ ...fields, status: "ok" });
  return json(written === "" ? text : `{${written},${text.slice(1)}`);
}

/** A page of the Reels that a search finds. Both tabs with Reels take each other's cursors. */
function reelsFound(
  exchange: Exchange,
  text: string,
  size: number,
): { medias: string[]; next: string | null } {
  const list = `reels_serp ${text}`;
  const start = positionOf(exchange.query.get("reels_max_id") ?? "", list, "reels_max_id");
  const posts = postsFound(exchange, text);
  const clips: ComputedList<Post> = {
    length: posts.length,
    at: (position) => {
      const post = posts.at(position);
      return post?.kind === "clip" ? post : undefined;
    },
  };
  const { items, next } = postsPage(exchange, clips, start, size);
  return {
    medias: mediaItems(exchange, items),
    next: next === undefined ? null : issueCursor(list, next),
  };
}

/** Posts of the users that a search finds, then posts of the hashtag with that name. */
function postsFound(exchange: Exchange, text: string): ComputedList<Post> {
  const { seed, hashtags } = exchange.world;
  const owners = usersFound(exchange, text, MOST_OWNERS);
  const own = owners.reduce((sum, owner) => sum + owner.postCount, 0);
  const hashtag = hashtags.named(text);
  const tagged = hashtag && hashtags.tagged(hashtag);
  return {
    length: own + Math.min(tagged?.length ?? 0, MOST_TAGGED),
    at(position) {
      let rest = position;
      for (const owner of owners) {
        if (rest < owner.postCount) return seed.posts.of(owner, rest);
        rest -= owner.postCount;
      }
      const post = tagged?.at(rest);
      // Posts of the found users are in the first part already.
      return owners.some(({ pk }) => pk === post?.owner.pk) ? undefined : post;
    },
  };
}

/**
 * The token that keeps the order of a search from page to page. Clients send back the token they got, or
 * a UUID of their own. Throws a Refusal for a token of another search.
 */
function rankToken({ query }: Exchange, text: string): string {
  const list = `rank ${text}`;
  const sent = query.get("rank_token") ?? "";
  if (sent === "" || isUuid(sent)) return issueCursor(list, 1);
  if (readCursor(list, sent) === undefined) throw invalidParameter("rank_token");
  return sent;
}
