import type { JsonObject } from "../answer.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { userShort } from "./user-shape.ts";

/** How long a note stays, in seconds. */
const DAY = 86_400;

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

/** True for those who write notes; each has one up at any time. */
export function writesNotes(person: Person): boolean {
  return mix(person.slot, 91) % 3 === 0;
}

/** The note of somebody who writes them; a new one each day. `now` is unix milliseconds. */
export function noteOf(person: Person, now: number): JsonObject {
  const hash = mix(person.slot, 92);
  const seconds = Math.floor(now / 1_000);
  const createdAt = seconds - ((seconds - (hash % DAY)) % DAY);
  const text = TEXTS[mix(hash, Math.floor(createdAt / DAY)) % TEXTS.length] ?? "";
  return {
    id: `${17_900_000_000_000_000n + BigInt(person.slot) * 1_000_000n + BigInt(Math.floor(createdAt / DAY))}`,
    user_id: `${person.pk}`,
    user: userShort(person),
    text,
    audience: (hash >>> 18) % 4 === 0 ? 1 : 0,
    created_at: createdAt,
    expires_at: createdAt + DAY,
    is_emoji_only: /^\p{Extended_Pictographic}+$/u.test(text),
    has_translation: /\p{L}/u.test(text) && !/\p{Script=Latin}/u.test(text),
    // A note without a text is one of music.
    note_style: text === "" ? 1 : 0,
    note_response_info: text === "" ? { music_note_response_info: { is_liked: false } } : null,
    has_viewer_liked: false,
    can_reply: true,
  };
}
