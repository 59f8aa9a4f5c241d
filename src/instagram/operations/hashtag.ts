import { InvalidInput } from "../../problems/problem.ts";
import { act, ownPk, signedAction } from "../actions.ts";
import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer, withoutLogin } from "../errors.ts";
import { browserHeaders } from "../headers.ts";
import { linkSegmentAfter } from "../ids.ts";
import { isJsonObject, type Json, objectOr, stringifyJson } from "../json.ts";
import { Hashtag } from "../models/hashtag.ts";
import { readList } from "../models/lists.ts";
import { Media } from "../models/media.ts";
import { toIdentity } from "../models/values.ts";
import {
  collectList,
  collectPage,
  type Page,
  type PageInput,
  type UpstreamPage,
} from "../paging.ts";
import { exactJson, json } from "../readings.ts";
import {
  idListOr,
  isIdList,
  isMaxId,
  joinCursor,
  postsInSections,
  splitCursor,
} from "../sections.ts";
import { form, path, segment } from "../signing.ts";
import { send } from "../transport.ts";

/** Letters of every script, digits, `_`, `·`, emoji, and characters that join these. */
const NAME = /^[\p{L}\p{M}\p{N}_·\u200c\p{Extended_Pictographic}\p{Emoji_Component}]{1,150}$/u;

/**
 * Reads a hashtag as people give it (` #Berlin `, `größe`, the link of its page) and returns it
 * without the `#`. Its case stays, as Instagram ignores it. Throws InvalidInput.
 */
export function parseHashtag(value: string, field = "name"): string {
  const name = (linkSegmentAfter("/explore/tags/", value) ?? value.trim())
    .replace(/^[#＃\s]+/, "")
    .normalize("NFC");
  if (NAME.test(name) && !/[#*]/.test(name)) return name;
  throw new InvalidInput(
    field,
    "must be one hashtag: letters, digits and underscores, without blanks",
  );
}

/**
 * A hashtag by name: `GET tags/{name}/info/`. Throws UpstreamRefused: HashtagNotFound, and what
 * every operation can throw.
 */
export async function getHashtag(client: Client, name: string): Promise<Hashtag> {
  const body = await hashtagOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`tags/${name}/info/`,
    }),
  );
  const hashtag =
    Hashtag.read(body, client.drift) ??
    // If the answer lacks the name, it is the one that was asked for.
    (toIdentity(body.id) ? Hashtag.read({ ...body, name }, client.drift) : null);
  if (hashtag === null) throw notInAnswer("HashtagNotFound", NOT_FOUND);
  return hashtag;
}

/**
 * Follows a hashtag, `POST web/tags/follow/{name}/`, or unfollows it, `…/unfollow/{name}/`. Throws
 * UpstreamRefused: HashtagNotFound.
 */
export function followHashtag(client: Client, name: string, undo: boolean): Promise<boolean> {
  return hashtagOrNotFound(() =>
    act(client, {
      path: undo ? path`web/tags/unfollow/${name}/` : path`web/tags/follow/${name}/`,
      body: signedAction(client, { user_id: ownPk(client) }),
    }),
  );
}

/** The values of `media_recency_filter` for the tabs of a hashtag's page. */
const TABS = { top: "default", recent: "top_recent_posts", clips: "clips" } as const;

/**
 * Posts of a hashtag: `POST tags/{name}/sections/`, one request for one page. Throws
 * UpstreamRefused: HashtagNotFound, HashtagPageWarning.
 */
export function getHashtagMedias(
  client: Client,
  name: string,
  tab: "top" | "recent",
  page: PageInput,
): Promise<Page<Media>> {
  return collectPage({
    ...page,
    fillsPage: false,
    identity: ({ pk }) => pk,
    fetchPage: (cursor) => sectionsPage(client, name, tab, cursor),
  });
}

/** Reels of a hashtag: the same request as getHashtagMedias(), paged until `amount`. */
export function getHashtagReels(client: Client, name: string, amount: number): Promise<Media[]> {
  return collectList({
    amount,
    fetchPage: (cursor) => sectionsPage(client, name, "clips", cursor),
  });
}

async function sectionsPage(
  client: Client,
  name: string,
  tab: keyof typeof TABS,
  cursor: string,
): Promise<UpstreamPage<Media>> {
  const after = splitCursor(cursor, ([maxId, ids, ...more]) =>
    isMaxId(maxId) && isIdList(ids) && more.length === 0 ? { maxId, ids } : null,
  );
  const { uuid } = client.state.ids;
  const body = await hashtagOrNotFound(() =>
    send(client, exactJson, {
      effect: "read",
      method: "POST",
      path: path`tags/${name}/sections/`,
      body: form([
        ["media_recency_filter", TABS[tab]],
        ["_uuid", uuid],
        ["include_persistent", "false"],
        ["rank_token", uuid],
        ...(after === undefined
          ? []
          : ([
              ["max_id", String(after.maxId)],
              ["next_media_ids", stringifyJson(after.ids)],
            ] as const)),
      ]),
    }),
  );
  const { next_max_id: maxId, next_media_ids: ids, more_available: more = true } = body;
  return {
    items: postsInSections(body).map((item) => Media.read(item, client.drift)),
    next: isMaxId(maxId) && more ? joinCursor([maxId, idListOr(ids)]) : null,
  };
}

/**
 * Hashtags that are used together with one: `GET www.instagram.com/explore/tags/{name}/`. The
 * private API has no such request, so the website is asked anonymously, without the session. Throws
 * UpstreamRefused: HashtagNotFound, ClientForbiddenError if the website requires a login.
 */
export async function getRelatedHashtags(client: Client, name: string): Promise<Hashtag[]> {
  const body = await hashtagOrNotFound(() =>
    withoutLogin("Instagram's website wants a login before it shows related hashtags", () =>
      send(client, json, {
        effect: "read",
        method: "GET",
        host: "www.instagram.com",
        path: `/explore/tags/${segment(name)}/`,
        as: { browser: browserHeaders() },
        query: [
          ["__a", "1"],
          ["__d", "dis"],
        ],
      }),
    ),
  );
  const { hashtag } = isJsonObject(body.graphql) ? body.graphql : body;
  if (!isJsonObject(hashtag)) throw notInAnswer("HashtagNotFound", NOT_FOUND);
  const { edges } = objectOr(hashtag.edge_hashtag_to_related_tags);
  return readList(edges, readEdge, client.drift, client.operation, "edges");

  function readEdge(edge: Json): Hashtag | null {
    const node = objectOr(objectOr(edge).node);
    const { count = null } = objectOr(node.edge_hashtag_to_media);
    return Hashtag.read({ ...node, media_count: count }, client.drift);
  }
}

const NOT_FOUND = "Hashtag not found";

const hashtagOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("HashtagNotFound", NOT_FOUND, request);
