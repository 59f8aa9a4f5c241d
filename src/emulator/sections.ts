import { invalidParameter, json } from "./answer.ts";
import { idList, textField } from "./body.ts";
import { mediaItems, postsPage } from "./post-page.ts";
import type { Exchange } from "./router.ts";
import type { Post } from "./seed/posts.ts";
import type { ComputedList } from "./store/list.ts";
import { issueCursor, readCursor } from "./token.ts";

/** A list of posts that is shown in sections, a page at a time. */
export interface SectionedList extends ComputedList<Post> {
  /** The name that cursors are bound to. */
  readonly name: string;
  /** Posts on a page. */
  readonly pageSize: number;
  /** True where the posts of a page are sorted, newest first; otherwise they are in the order of at(). */
  readonly byTime: boolean;
  /**
   * Whether a page has sections with large tiles before the grid. With `withGrid` these sections have an
   * empty grid, too, for clients that expect a grid in every section.
   */
  readonly largeTiles: "none" | "alone" | "withGrid";
}

const COLUMNS = 3;
/** Most posts beside a large tile: two rows of two. */
const SMALL_TILES = 4;
/** Most Reels that a large tile shows in turn. */
const TILE_CLIPS = 5;
/** How many posts of the next page a page names. */
const NAMED_AHEAD = 4;
/** A cursor holds the position times this number, plus the number of the page. */
const MOST_PAGES = 1_000;

/**
 * One page of a list. The client sends back three values to continue: `next_max_id` as `max_id`,
 * `next_page` as `page`, and `next_media_ids`. With `pageIsOptional` it may leave `page` out.
 */
export function sectionsPage(
  exchange: Exchange,
  list: SectionedList,
  pageIsOptional: boolean,
): Response {
  const { position, page } = startOf(exchange, list, pageIsOptional);
  const { items, next } = postsPage(exchange, list, position, list.pageSize);
  const ahead = next === undefined ? [] : postsPage(exchange, list, next, NAMED_AHEAD).items;
  const aheadIds = ahead.map(({ pk }) => `${pk}`);
  const shown = list.byTime ? items.toSorted((a, b) => b.takenAt - a.takenAt) : items;
  const sections =
    list.largeTiles === "none" ? grid(exchange, shown) : mixed(exchange, list, shown);
  const cursor =
    next === undefined
      ? null
      : issueCursor(cursorList(list, aheadIds), next * MOST_PAGES + page + 1);
  return json(
    `{"sections":[${sections.join(",")}],"more_available":${next !== undefined},` +
      `"next_max_id":${JSON.stringify(cursor)},"next_page":${next === undefined ? null : page + 1},` +
      `"next_media_ids":[${aheadIds.join(",")}],"auto_load_more_enabled":true,"status":"ok"}`,
  );
}

/** Where a page starts. Throws a Refusal unless the three values were given out together. */
function startOf(
  { fields }: Exchange,
  list: SectionedList,
  pageIsOptional: boolean,
): { position: number; page: number } {
  const maxId = textField(fields, "max_id");
  if (maxId === undefined) return { position: 0, page: 0 };
  const ids = idList(fields.next_media_ids);
  if (ids === undefined) throw invalidParameter("next_media_ids");
  const issued = readCursor(cursorList(list, ids), maxId);
  if (issued === undefined) throw invalidParameter("max_id");
  const page = issued % MOST_PAGES;
  const sent = textField(fields, "page") ?? (pageIsOptional ? String(page) : "");
  if (sent !== String(page)) throw invalidParameter("page");
  return { position: Math.floor(issued / MOST_PAGES), page };
}

const cursorList = ({ name }: SectionedList, ids: readonly string[]): string =>
  `${name} ${ids.join(",")}`;

const GRID_INFO = `"explore_item_info":{"num_columns":3,"total_num_columns":3,"aspect_ratio":1.0,"autoplay":false}`;

function grid(exchange: Exchange, posts: readonly Post[]): string[] {
  const texts = mediaItems(exchange, posts);
  return Array.from({ length: Math.ceil(texts.length / COLUMNS) }, (_, row) => {
    const medias = texts.slice(row * COLUMNS, (row + 1) * COLUMNS).join(",");
    return `{"layout_type":"media_grid","layout_content":{"medias":[${medias}]},"feed_type":"media",${GRID_INFO}}`;
  });
}

/** A large tile of Reels and one of a single post, each with small tiles beside it, then the grid. */
function mixed(
  exchange: Exchange,
  { largeTiles }: SectionedList,
  posts: readonly Post[],
): string[] {
  const clips = posts.filter(({ kind }) => kind === "clip").slice(0, TILE_CLIPS);
  const others = posts.filter((post) => !clips.includes(post));
  const beside = others.splice(0, SMALL_TILES);
  const [large, ...small] = others.splice(0, 1 + SMALL_TILES);
  const noGrid = largeTiles === "withGrid" ? ',"medias":[]' : "";
  const textOf = (some: readonly Post[]) => mediaItems(exchange, some).join(",");
  return [
    ...(clips.length > 0 || beside.length > 0
      ? [
          `{"layout_type":"one_by_two_left","layout_content":{"one_by_two_item":{"clips":` +
            `{"id":"0","type":"clips_netego","items":[${textOf(clips)}],` +
            `"more_available":true,"max_id":"","label":"Reels"}},` +
            `"fill_items":[${textOf(beside)}]${noGrid}},"feed_type":"clips",` +
            `"explore_item_info":{"num_columns":1,"total_num_columns":3,"aspect_ratio":0.5,"autoplay":true}}`,
        ]
      : []),
    ...(large === undefined
      ? []
      : [
          `{"layout_type":"two_by_two_right","layout_content":{"two_by_two_item":${textOf([large])},` +
            `"fill_items":[${textOf(small)}]${noGrid}},"feed_type":"media",` +
            `"explore_item_info":{"num_columns":2,"total_num_columns":3,"aspect_ratio":1.0,"autoplay":false}}`,
        ]),
    ...grid(exchange, others),
  ];
}
