import type { JsonObject } from "../../../src/instagram/json.ts";

/*
 * Answers with the parts that no recording has, made up after the fields of the contract. Ids pass
 * 2^53 on purpose.
 */

/** A picture with something of every kind on it, some of it told in part only. */
export const fullStory: JsonObject = {
  pk: "3456789012345678903",
  id: "3456789012345678903_1",
  code: "C_5DDHCoJ-1",
  media_type: 1,
  product_type: null,
  taken_at: 1760000000,
  imported_taken_at: null,
  user: { pk: 1, username: "x" },
  image_versions2: {
    candidates: [
      { width: 10, height: 20, url: "https://a.b/1.jpg" },
      { width: 20, height: 10, url: "https://a.b/2.jpg" },
    ],
  },
  reel_mentions: [{ user: { pk: "5", username: null }, x: "0.5", y: null, rotation: 1 }],
  story_hashtags: [{ hashtag: { id: "17841562498105353", name: "berlin" }, width: 0.5 }],
  story_locations: [
    {
      location: {
        pk: "213385402",
        name: "Berlin",
        facebook_places_id: 5,
        external_source: "facebook_places",
        address: null,
        lat: "52.5",
      },
      x: 0.1,
    },
    {
      location: {
        pk: 1,
        name: "B",
        external_id: 77,
        external_id_source: "fb",
        zip: 10117,
        hours: { a: 1 },
        address_json: '{"street_address": "S"}',
      },
    },
  ],
  story_link_stickers: [
    {
      id: 5,
      type: null,
      x: 0.1,
      y: 0.2,
      z: 0,
      width: 0.3,
      height: 0.4,
      rotation: null,
      story_link: {
        url: "https://Example.COM",
        link_title: "T",
        link_type: "web",
        display_url: null,
      },
      extra: null,
    },
    { x: 1, y: 1, width: 1, height: 1, story_link: null },
    {
      x: 1,
      y: 1,
      z: null,
      width: 1,
      height: 1,
      type: "x",
      extra: { a: "3012345678901234567" },
      story_link: { url: "http://a.b/c?d=e f" },
    },
  ],
  story_cta: [
    { links: [{ webUri: "https://example.com?x", x: 0.9, z: 3 }, { webUri: "http://a.b/ü" }] },
    {},
  ],
  story_feed_media: [
    {
      media_id: "3456789012345678905",
      user_id: "25025320",
      x: 0.25,
      is_pinned: 0,
      is_sticker: 1,
      product_type: "clips",
      media_code: "abc",
    },
    { media_id: "3456789012345678907" },
  ],
  sponsor_tags: [{ sponsor: { pk: 528817151, username: "sponsor" } }],
  polls: [
    {
      x: 0.1,
      y: 0.2,
      width: 0.3,
      height: 0.4,
      question: "q?",
      options: [{ text: "a", n: "3012345678901234567" }, "b"],
      id: 17,
      viewer_can_vote: 0,
    },
  ],
};

export const fullHighlight: JsonObject = {
  id: "highlight:17900000000000001",
  latest_reel_media: 1760000000,
  cover_media: { media_id: null, upload_id: "17500000000000001" },
  user: { pk: 1, username: "x" },
  title: "Trip",
  created_at: 1760000000,
  is_pinned_highlight: 1,
  media_count: 2,
  media_ids: ["3456789012345678903", 12],
  items: [fullStory],
};
