import { type JsonObject, notFoundPage, ok } from "./answer.ts";
import { textField } from "./body.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { lyricsOf, musicShape } from "./seed/track-shape.ts";
import { MUSIC, type Music, musicAt, searchMusic, trendingMusic } from "./seed/tracks.ts";
import { pictureUrl } from "./seed/user-shape.ts";
import { type ComputedList, pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";

const PAGE = 20;
const TRENDING = 60;

const GENRES = ["Pop", "Electronic", "Hip-Hop", "R&B", "Latin", "Jazz", "クラシック"] as const;
const MOODS = ["Happy", "Dreamy", "Épic", "Chill", "Sad"] as const;

/** The music browser in which older apps choose music for stories. */
export const MUSIC_BROWSER: readonly Route[] = [
  browse("trending/", () => of(trendingMusic(TRENDING))),
  browse("search/", ({ fields }) => of(searchMusic(textField(fields, "q") ?? "")), ["q"]),
  ...playlists("genres", "genre", GENRES),
  ...playlists("moods", "mood", MOODS),
  { method: "GET", path: "/api/v1/music/track/{id}/lyrics/", handle: lyrics },
];

const of = (music: readonly Music[]): ComputedList<Music> => ({
  length: music.length,
  at: (position) => music[position],
});

/** Routes for the playlists of one kind: their names, and the music in each. */
function playlists(kind: string, one: string, names: readonly string[]): Route[] {
  const idAt = (index: number): string =>
    `${17_842_500_000_000_001n + BigInt(names.length * 1_000 + index)}`;
  return [
    {
      method: "POST",
      path: `/api/v1/music/${kind}/`,
      body: "form",
      requiredFields: ["product", "_uuid"],
      handle: () =>
        ok({
          items: names.map((name, index) => ({
            [one]: {
              id: idAt(index),
              name,
              cover_artwork_uri: pictureUrl(`${one}_${index}`, 320, 320),
            },
          })),
        }),
    },
    browse(`${kind}/{id}/`, (exchange) => {
      const playlist = names.findIndex((_, index) => idAt(index) === exchange.param("id"));
      if (playlist < 0) return undefined;
      return {
        length: MUSIC,
        at: (position) => (position % names.length === playlist ? musicAt(position) : undefined),
      };
    }),
  ];
}

/** A route for a list of music, paged by `cursor`, which is "0" for the first page. */
function browse(
  path: string,
  listFor: (exchange: Exchange) => ComputedList<Music> | undefined,
  requiredFields: readonly string[] = [],
): Route {
  return {
    method: "POST",
    path: `/api/v1/music/${path}`,
    body: "form",
    requiredFields: ["product", "_uuid", "browse_session_id", ...requiredFields],
    handle: (exchange) => {
      const list = listFor(exchange);
      return list === undefined ? notFoundPage() : page(exchange, list);
    },
  };
}

function page({ fields, request }: Exchange, list: ComputedList<Music>): Response {
  const name = `${new URL(request.url).pathname} ${textField(fields, "q") ?? ""}`;
  const sent = textField(fields, "cursor") ?? "0";
  const start = sent === "0" ? 0 : positionOf(sent, name, "cursor");
  const { items, next } = pageOf(list, start, PAGE);
  return ok({
    items: items.map((music): JsonObject => ({ track: musicShape(music) })),
    alacorn_session_id: `alacorn_${textField(fields, "browse_session_id")}`,
    page_info: {
      next_max_id: next === undefined ? null : issueCursor(name, next),
      more_available: next !== undefined,
      auto_load_more_available: next !== undefined,
    },
  });
}

/** The lyrics of a piece of music; the 404 page where it has none. */
function lyrics(exchange: Exchange): Response {
  const sound = exchange.world.seed.sounds.byId(exchange.param("id"));
  const phrases = sound?.kind === "music" ? lyricsOf(sound) : [];
  return phrases.length === 0 ? notFoundPage() : ok({ lyrics: { phrases } });
}
