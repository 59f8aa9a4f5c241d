import type { JsonObject } from "../answer.ts";
import { type SeedList, seedOf } from "../store/kinds.ts";
import { SANDBOX_NOTE_ID, SANDBOX_PK } from "./fixtures.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { userShort } from "./user-shape.ts";

const TEXTS = [
  "back in Berlin 🌧️",
  "qui veut un café ?",
  "🔥🔥🔥",
  "寝たい",
  "exam week, send help",
  "",
  "Кто завтра бегает?",
  'reading "The Waves" & loving it',
  "😴",
  "new reel is up, tell me what you think of the ending please",
] as const;

/** A note that a user shows above the inbox. */
export interface Note {
  readonly id: string;
  readonly author: Person;
  readonly text: string;
  /** 0: followers whom the author follows back; 1: close friends. */
  readonly audience: number;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** How long a note is shown, in seconds. */
export const NOTE_LIFETIME = 86_400;

/**
 * A user's seeded note: a third of the users write one each day. `now` is unix milliseconds. The one of
 * `sandbox` is always there, as documentation names it.
 */
export function noteSeed(author: Person, now: number): SeedList<Note> {
  if (author.pk === SANDBOX_PK) return seedOf([ownNoteOf(author, now)], ({ id }) => id);
  const writes = mix(author.slot, 91) % 3 === 0;
  return seedOf(writes ? [noteOf(author, now)] : [], ({ id }) => id);
}

function noteOf(author: Person, now: number): Note {
  const hash = mix(author.slot, 92);
  const seconds = Math.floor(now / 1_000);
  const createdAt = seconds - ((seconds - (hash % NOTE_LIFETIME)) % NOTE_LIFETIME);
  const day = Math.floor(createdAt / NOTE_LIFETIME);
  return {
    id: `${17_900_000_000_000_000n + BigInt(author.slot) * 1_000_000n + BigInt(day)}`,
    author,
    text: TEXTS[mix(hash, day) % TEXTS.length] ?? "",
    audience: (hash >>> 18) % 4 === 0 ? 1 : 0,
    createdAt,
  };
}

function ownNoteOf(author: Person, now: number): Note {
  const seconds = Math.floor(now / 1_000);
  const createdAt = seconds - (seconds % (NOTE_LIFETIME / 4));
  return { id: SANDBOX_NOTE_ID, author, text: "testing, one two three", audience: 0, createdAt };
}

/** A note as the tray above the inbox has it. */
export function noteShape({ id, author, text, audience, createdAt }: Note): JsonObject {
  return {
    id,
    user_id: `${author.pk}`,
    user: userShort(author),
    text,
    audience,
    created_at: createdAt,
    expires_at: createdAt + NOTE_LIFETIME,
    is_emoji_only: /^\p{Extended_Pictographic}+$/u.test(text),
    has_translation: /\p{L}/u.test(text) && !/\p{Script=Latin}/u.test(text),
    // A note without text shows music.
    note_style: text === "" ? 1 : 0,
    note_response_info: text === "" ? { music_note_response_info: { is_liked: false } } : null,
    has_viewer_liked: false,
    can_reply: true,
  };
}
