import { CROWD, mix } from "./numbers.ts";
import { isInstagram, type Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/** A piece of licensed music. Its ids are odd and past 2^53, so that a double cannot hold them. */
export interface Music {
  readonly kind: "music";
  /** Position in the catalogue, 0..MUSIC-1. */
  readonly index: number;
  /** The id that the page of a piece of music is asked for by. */
  readonly clusterId: bigint;
  readonly assetId: bigint;
  readonly canonicalId: bigint;
  readonly title: string;
  /** Position among the artists. */
  readonly artist: number;
  readonly artistName: string;
  readonly hash: number;
}

/** The sound that was recorded with a Reel. */
export interface OriginalSound {
  readonly kind: "original";
  readonly assetId: bigint;
  readonly canonicalId: bigint;
  /** The Reel that it was recorded with. */
  readonly post: Post;
}

export type Sound = Music | OriginalSound;

/** The catalogue has a title for every pair of a beginning and an end. */
const BEGINNINGS =
  "Midnight Golden Electric Summer Paper Silver Broken Lonely Neon Velvet Wild Slow Secret Burning Frozen Hollow Sweet Distant Crimson Endless Sunday Ocean Gravity Hidden Lucky Northern Quiet Restless Shining Tiny Été Über Señorita Ночной 夜の Café Naïve Blue Last First".split(
    " ",
  );
const ENDS =
  "Drive Lights Hearts Rain Song Dance Fever Dreams Roads Letters Mirrors Waves Echoes Shadows Fires Stars Rooms Trains Birds Rivers Gardens Cities Bridges Angels Thieves Stories Seasons Machines Highways Whispers Towers Colours Strangers Islands Winters Horizons Bells Diamonds Ghosts Satellites Parade Motel Radio Avenue Carousel Lullaby Overdrive Paradise Telephone Weather".split(
    " ",
  );
const ARTISTS = [
  "Lena Voss",
  "The Quiet Hours",
  "DJ Kolibri",
  "Paulo & the Harbour",
  "Мария Лебедева",
  "青い鳥",
  "Sœur Nocturne",
  "Ten Past Nine",
  'Jo "Tiny" Adler',
  "MC Größenwahn",
  "Nur Al-Layl نور",
  "Orchestra of Small Things",
] as const;

/** How many pieces the catalogue has. */
export const MUSIC = BEGINNINGS.length * ENDS.length;

const CLUSTERS = { first: 587_331_875_200_000_001n, step: 15_838n };
const ASSETS = { first: 493_023_458_200_000_001n, step: 12_014n };
const CANONICALS = { first: 18_149_596_924_000_001n, step: 4_398n };
/** Ids of original sounds, numbered by the owner and the position of the Reel. */
const ORIGINAL_ASSETS = { first: 779_104_632_000_000_001n, step: 2n };
const ORIGINAL_CANONICALS = { first: 18_250_000_000_000_001n, step: 2n };
const REELS_PER_OWNER = 1_000;

/** How many Reels of `instagram` have an original sound that others use too: every second one. */
const SHARED = 53;
const SOUNDS = MUSIC + SHARED;
/** Steps through the catalogue from one post of a user to the next. */
const STRIDE = 31;
/** The most posts that a user of the crowd has; each may use a shared sound. */
const DEPTH = 80;
/** How often the catalogue is repeated over all users. */
const ROUNDS = Math.ceil((CROWD + 16) / SOUNDS);

/**
 * Music, original sounds and the Reels that use them. The sound of a Reel and the Reels of a sound are
 * both computed, so no list is held.
 */
export class Sounds {
  readonly #instagram: Person;

  constructor(readonly posts: Posts) {
    this.#instagram = posts.people.instagram;
  }

  /** The sound of a Reel; undefined for every other post. */
  of(post: Post): Sound | undefined {
    const { owner, position } = post;
    if (post.kind !== "clip") return undefined;
    if (post.made !== undefined) return recordedWith(post);
    if (isInstagram(owner))
      return position % 8 === 0 ? original(post) : musicAt((position - 5) / 8);
    return post.hash % 2 === 0
      ? original(post)
      : this.#shared((owner.slot + STRIDE * position) % SOUNDS);
  }

  /** The sound with an audio id: cluster or asset id of music, asset id of an original sound. */
  byId(text: string): Sound | undefined {
    return (
      musicWith(text, CLUSTERS) ??
      musicWith(text, ASSETS) ??
      this.#originalWith(text, ORIGINAL_ASSETS)
    );
  }

  byCanonicalId(text: string): Sound | undefined {
    return musicWith(text, CANONICALS) ?? this.#originalWith(text, ORIGINAL_CANONICALS);
  }

  /** How many positions reelAt() takes for a sound; most positions of a shared sound hold no Reel. */
  reelPositions(sound: Sound): number {
    return this.#numberOf(sound) === undefined ? 1 : 1 + DEPTH * ROUNDS;
  }

  /** The Reel at a position of a sound, undefined where there is none. */
  reelAt(sound: Sound, position: number): Post | undefined {
    if (position === 0) return this.#firstReel(sound);
    const number = this.#numberOf(sound);
    if (number === undefined) return undefined;
    const place = Math.floor((position - 1) / ROUNDS);
    const round = (position - 1) % ROUNDS;
    const start = (((number - STRIDE * place) % SOUNDS) + SOUNDS) % SOUNDS;
    const slot = start + round * SOUNDS;
    const { people } = this.posts;
    if (!people.isSlot(slot)) return undefined;
    const owner = people.bySlot(slot);
    if (isInstagram(owner) || place >= owner.postCount) return undefined;
    const post = this.posts.of(owner, place);
    return post.kind === "clip" && post.hash % 2 === 1 ? post : undefined;
  }

  /** The Reel of `instagram` with that music, or the Reel that an original sound was recorded with. */
  #firstReel(sound: Sound): Post | undefined {
    if (sound.kind === "original") return sound.post;
    const position = sound.index * 8 + 5;
    return position < this.#instagram.postCount
      ? this.posts.of(this.#instagram, position)
      : undefined;
  }

  /** A shared sound's number, undefined for a sound that only one Reel has. */
  #numberOf(sound: Sound): number | undefined {
    if (sound.kind === "music") return sound.index;
    if (sound.post.made !== undefined) return undefined;
    return isInstagram(sound.post.owner) ? MUSIC + sound.post.position / 8 : undefined;
  }

  #shared(number: number): Sound {
    if (number < MUSIC) return musicAt(number);
    return original(this.posts.of(this.#instagram, (number - MUSIC) * 8));
  }

  #originalWith(text: string, ids: Ids): OriginalSound | undefined {
    const number = positionAmong(text, ids);
    if (number === undefined) return undefined;
    const slot = Math.floor(number / REELS_PER_OWNER);
    const position = number % REELS_PER_OWNER;
    if (!this.posts.people.isSlot(slot)) return undefined;
    const owner = this.posts.people.bySlot(slot);
    if (position >= owner.postCount) return undefined;
    const post = this.posts.of(owner, position);
    const sound = this.of(post);
    return sound?.kind === "original" && sound.post.code === post.code ? sound : undefined;
  }
}

/** The piece of music at a position, 0..MUSIC-1. */
export function musicAt(index: number): Music {
  const hash = mix(index, 81);
  const artist = hash % ARTISTS.length;
  const of = ({ first, step }: Ids): bigint => first + step * BigInt(index);
  return {
    kind: "music",
    index,
    clusterId: of(CLUSTERS),
    assetId: of(ASSETS),
    canonicalId: of(CANONICALS),
    title: `${BEGINNINGS[index % BEGINNINGS.length]} ${ENDS[Math.floor(index / BEGINNINGS.length)]}`,
    artist,
    artistName: ARTISTS[artist] ?? "",
    hash,
  };
}

function original(post: Post): OriginalSound {
  const number = BigInt(post.owner.slot * REELS_PER_OWNER + post.position);
  return {
    kind: "original",
    assetId: ORIGINAL_ASSETS.first + ORIGINAL_ASSETS.step * number,
    canonicalId: ORIGINAL_CANONICALS.first + ORIGINAL_CANONICALS.step * number,
    post,
  };
}

/** Distances of the ids of a sound from the id of the Reel that an account has made with it. */
const MADE_ASSET = 1_000_000_000_000_000_000n;
const MADE_CANONICAL = 2_000_000_000_000_000_000n;

function recordedWith(post: Post): OriginalSound {
  const { pk } = post;
  return {
    kind: "original",
    assetId: pk - MADE_ASSET,
    canonicalId: pk - MADE_CANONICAL,
    post,
  };
}

/** Ids of the Reel that a sound with that audio id, or that canonical id, may have been recorded with. */
export const reelPksOf = (text: string): readonly bigint[] =>
  /^\d{1,19}$/.test(text) ? [BigInt(text) + MADE_ASSET, BigInt(text) + MADE_CANONICAL] : [];

/** Music whose title or artist contains the text, in the order of the catalogue. */
export function searchMusic(text: string): Music[] {
  const wanted = text.trim().normalize("NFC").toLowerCase();
  if (wanted === "") return [];
  searchedTexts ??= Array.from({ length: MUSIC }, (_, index) => {
    const { title, artistName } = musicAt(index);
    return `${title}\n${artistName}`.normalize("NFC").toLowerCase();
  });
  return searchedTexts.flatMap((names, index) => (names.includes(wanted) ? [musicAt(index)] : []));
}

/** Title and artist of each piece of music, in lower case; made for the first search. */
let searchedTexts: readonly string[] | undefined;

/** Music that many use at the moment. */
export function trendingMusic(count: number): Music[] {
  return Array.from({ length: count }, (_, turn) => musicAt((turn * 389 + 17) % MUSIC));
}

interface Ids {
  readonly first: bigint;
  readonly step: bigint;
}

function positionAmong(text: string, { first, step }: Ids): number | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined;
  const distance = BigInt(text) - first;
  return distance >= 0n && distance % step === 0n ? Number(distance / step) : undefined;
}

function musicWith(text: string, ids: Ids): Music | undefined {
  const index = positionAmong(text, ids);
  return index !== undefined && index < MUSIC ? musicAt(index) : undefined;
}
