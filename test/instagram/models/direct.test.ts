import { describe, expect, test } from "bun:test";
import { type Json, type JsonObject, stringifyJson } from "../../../src/instagram/json.ts";
import { DirectMedia, MediaXma } from "../../../src/instagram/models/direct-media.ts";
import {
  DirectMessage,
  DirectMessageSearchResult,
} from "../../../src/instagram/models/direct-message.ts";
import { DirectThread, DirectThreadPage } from "../../../src/instagram/models/direct-thread.ts";
import type { DriftReporter } from "../../../src/instagram/models/drift.ts";
import { everyKind, found } from "../../support/models/direct.ts";
import { ignoreDrift } from "../../support/models/drift.ts";

function counted<T>(read: (drift: DriftReporter) => T): { result: T; drift: string[] } {
  const drift: string[] = [];
  return { result: read((model, field) => drift.push(`${model}.${field}`)), drift };
}

const message = (content: JsonObject) =>
  counted((drift) => DirectMessage.read({ item_id: "1", timestamp: 0, ...content }, drift));

describe("a thread", () => {
  test("with a message of every kind is what the recorded client makes of it", () => {
    const { result, drift } = counted((report) => DirectThread.read(everyKind.answer, report));
    expect(drift).toEqual([]);
    expect(result as Json).toEqual(everyKind.result);
    // Digit by digit, and in the same order.
    expect(stringifyJson(result as Json)).toBe(stringifyJson(everyKind.result));
  });

  test("without its id is left out of a page, and costs no other", () => {
    const { thread_id: _, ...nameless } = everyKind.answer;
    const threads = [nameless, null, 7, everyKind.answer];
    const { result, drift } = counted((report) =>
      DirectThreadPage.read({ threads, oldest_cursor: null }, report),
    );
    expect(result.items.map(({ id }) => id)).toEqual(["340282366841710300949128137443944319108"]);
    expect(result.next_cursor).toBe("");
    expect(drift).toEqual(["DirectThread.id", "DirectThread.id", "DirectThread.id"]);
  });

  test("with nothing but its id has the defaults of the contract", () => {
    const thread = DirectThread.read({ thread_id: "34028236684171030094912" }, ignoreDrift);
    expect(thread).toMatchObject({
      id: "34028236684171030094912",
      messages: [],
      users: [],
      inviter: null,
      last_activity_at: "1970-01-01T00:00:00Z",
      last_seen_at: {},
      muted: false,
      is_close_friend_thread: false,
      read_state: null,
    });
  });

  test("names its admins as ids are named everywhere", () => {
    const admins = [25025320, "3012345678901234567", "77"];
    const thread = DirectThread.read({ thread_id: "1", admin_user_ids: admins }, ignoreDrift);
    expect(thread?.admin_user_ids).toEqual(["25025320", "3012345678901234567", "77"]);
  });

  test("keeps the seen states that are readable", () => {
    const seen = { timestamp: 1760000000999999, created_at: "1760000000000000", item_id: "5" };
    const last_seen_at = { "1": seen, "2": null, "3": { ...seen, item_id: null } };
    const { result } = counted((report) =>
      DirectThread.read({ thread_id: "1", last_seen_at }, report),
    );
    expect(Object.keys(result?.last_seen_at ?? {})).toEqual(["1", "3"]);
    expect(result?.last_seen_at?.["1"]).toEqual({
      item_id: "5",
      timestamp: "2025-10-09T08:53:20Z",
      created_at: "2025-10-09T08:53:20Z",
      shh_seen_state: {},
      disappearing_messages_seen_state: null,
    });
  });
});

describe("a found message", () => {
  test("is what the recorded client makes of it, with its thread", () => {
    const read = found.answer.map((item) => DirectMessageSearchResult.read(item, ignoreDrift));
    expect(read as Json).toEqual(found.result);
  });

  test("without a thread is left out", () => {
    const item_info = { item_id: "1", timestamp: 0 };
    const item = { matched_message_info: { item_info } };
    expect(DirectMessageSearchResult.read(item, ignoreDrift)).toBeNull();
    expect(DirectMessageSearchResult.read({ thread: { thread_id: "1" } }, ignoreDrift)).toBeNull();
  });
});

describe("a message", () => {
  test("has cards that lead into the app, and no drift for them", () => {
    const target_url = "instagram://media?id=3012345678901234567";
    const found = message({ generic_xma: [{ target_url }, { target_url: "instagram://a b" }] });
    expect(found.result?.generic_xma?.map(({ video_url }) => video_url)).toEqual([target_url]);
    expect(found.drift).toEqual(["MediaXma.video_url"]);
  });

  test("has its time cut to the second, whatever the magnitude", () => {
    for (const [timestamp, instant] of [
      ["1760000000999999", "2025-10-09T08:53:20Z"],
      [1760000000000000, "2025-10-09T08:53:20Z"],
      [1_999_999, "1970-01-01T00:00:01Z"],
      ["9".repeat(30), "1970-01-01T00:00:00Z"],
      [null, "1970-01-01T00:00:00Z"],
    ] as const)
      expect(message({ timestamp }).result?.timestamp).toBe(instant);
  });

  test("that nobody sent has an empty sender, as the recorded client has it", () => {
    expect(message({}).result).toMatchObject({ user_id: "", client_context: "", thread_id: null });
    expect(message({ user_id: null }).result?.user_id).toBeNull();
  });

  test("keeps what is shared with it when one part of it is odd", () => {
    const card = {
      target_url: "https://www.instagram.com/p/abc/",
      target_id: "9223372036854775808",
    };
    const { result, drift } = message({
      item_type: 5,
      media_share: { user: null },
      clip: { clip: null },
      link: { text: "a", link_context: "b" },
      reactions: { emojis: [{ emoji: "❤" }, { emoji: "😂", sender_id: 7, timestamp: 0 }] },
      visual_media: { view_mode: "once" },
      xma_media_share: [card],
      generic_xma: [{ target_url: "mailto:user" }, card, "odd"],
      reel_share: ["odd"],
      replied_to_message: { text: "without an id" },
    });
    expect(result).toMatchObject({
      item_type: "5",
      media_share: null,
      clip: null,
      link: { text: "a", link_context: { link_url: "", link_title: "" } },
      reactions: { emojis: [{ emoji: "😂", sender_id: "7" }] },
      visual_media: null,
      xma_share: { video_url: card.target_url },
      generic_xma: [{ video_url: card.target_url }],
      raw_xma: { xma_media_share: [card] },
      reel_share: null,
      reply: null,
    });
    expect(new Set(drift)).toEqual(
      new Set([
        "Media.pk",
        "MessageLink.link_context",
        "LinkContext.link_url",
        "MessageReaction.sender_id",
        "VisualMedia.media",
        "MediaXma.video_url",
        "DirectMessage.reel_share",
        "ReplyMessage.id",
      ]),
    );
  });
});

test("odd media count for what holds it: the message, or the one that is replied to", () => {
  const { result, drift } = message({
    media: 7,
    voice_media: "odd",
    replied_to_message: { item_id: "2", timestamp: 0, media: 7 },
  });
  expect(result).toMatchObject({ media: null, reply: { id: "2", media: null } });
  expect(drift.toSorted()).toEqual([
    "DirectMessage.media",
    "DirectMessage.voice_media",
    "ReplyMessage.media",
  ]);
});

test("media of a message without an id of its own has that of the message", () => {
  const media = { media_type: 1 };
  const { result } = message({ media, replied_to_message: { item_id: "2", timestamp: 0, media } });
  expect(result).toMatchObject({ media: { id: "1" }, reply: { media: { id: "2" } } });
});

describe("media of a thread", () => {
  test("has the largest file of each kind, and the sound of a voice message", () => {
    const size = (width: number, url: string): JsonObject => ({ width, height: 100, url });
    const media = DirectMedia.read(
      {
        id: "17900000000000000123",
        media_type: 2,
        image_versions2: { candidates: [size(1, "https://a/s"), size(9, "https://a/l")] },
        video_versions: [size(9, "https://a/v"), size(9, "https://a/w"), size(1, "https://a/x")],
        audio: { audio_src: "https://a/sound" },
      },
      ignoreDrift,
    );
    expect(media).toEqual({
      id: "17900000000000000123",
      media_type: 2,
      user: null,
      thumbnail_url: "https://a/l",
      video_url: "https://a/w",
      audio_url: "https://a/sound",
    });
  });

  test("without any id is null and counted", () => {
    const values: Json[] = [null, "x", {}, { id: "" }, { id: [] }];
    for (const value of values)
      expect(counted((drift) => DirectMedia.read(value, drift))).toEqual({
        result: null,
        drift: ["DirectMedia.id"],
      });
  });
});

test("a card without a target is null, and no drift", () => {
  const values: Json[] = [null, {}, { target_url: "" }, { target_url: null }];
  for (const value of values)
    expect(counted((drift) => MediaXma.read(value, drift))).toEqual({ result: null, drift: [] });
});
