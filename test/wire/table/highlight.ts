import type { Request, Row } from "./row.ts";
import { CAPABILITIES } from "./story.ts";

const PK = "17900000000000001";
const highlight = {
  id: `highlight:${PK}`,
  cover_media: {},
  user: { pk: 25025320 },
  title: "Trip",
  created_at: 1760000000,
  is_pinned_highlight: false,
  media_count: 0,
  items: [],
};

const BIT = "<random 0 or 1>";
const TRAY_QUERY = Object.entries({
  supported_capabilities_new: CAPABILITIES,
  phone_id: "<session.phone_id>",
  battery_level: "<random 25..100>",
  panavision_mode: "",
  is_charging: BIT,
  is_dark_mode: BIT,
  will_sound_on: BIT,
})
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  .join("&");

const STORY = "3456789012345678903";
const OTHER = "3456789012345678904";
const full = (id: string): string => (id.includes("_") ? id : `${id}_49123456789`);

const edit = (changes: Record<string, string>): Request => ({
  send: `POST /api/v1/highlights/highlight:${PK}/edit_reel/`,
  signed: {
    supported_capabilities_new: CAPABILITIES,
    source: "self_profile",
    _uid: "<session.user_id>",
    _uuid: "<session.uuid>",
    ...changes,
  },
  answer: { reel: highlight, status: "ok" },
});

/** The row of a highlight that is made. */
function created(
  form: Record<string, string>,
  cover: string,
  stories: string[],
  crop = "[0.0,0.21830457,1.0,0.78094524]",
): Row {
  const looked = new Set([cover, ...stories].filter((id) => !id.includes("_")));
  return {
    operation: "postHighlight",
    call: "POST /highlight",
    form,
    requests: [
      ...[...looked].map((pk) => ({
        send: `GET /api/v1/media/${pk}/info/`,
        answer: { items: [{ pk, id: full(pk), user: { pk: 49123456789 } }] },
      })),
      {
        send: "POST /api/v1/highlights/create_reel/",
        signed: {
          supported_capabilities_new: CAPABILITIES,
          source: "self_profile",
          creation_id: "<unix seconds>",
          _uid: "<session.user_id>",
          _uuid: "<session.uuid>",
          cover: JSON.stringify({ media_id: full(cover), crop_rect: crop }),
          title: form.title,
          media_ids: JSON.stringify(stories.map(full)),
        },
        answer: { reel: highlight, status: "ok" },
      },
    ],
  };
}

export const highlightRows: Row[] = [
  {
    operation: "getHighlight",
    call: `GET /highlight?highlight_pk=${PK}`,
    requests: [
      {
        send: "POST /api/v1/feed/reels_media/",
        signed: {
          exclude_media_ids: "[]",
          supported_capabilities_new: CAPABILITIES,
          source: "profile",
          _uid: "<session.user_id>",
          _uuid: "<session.uuid>",
          user_ids: [`highlight:${PK}`],
        },
        answer: { reels: { [`highlight:${PK}`]: highlight }, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserHighlights",
    call: "GET /user/highlights?user_id=25025320",
    requests: [
      {
        send: `GET /api/v1/highlights/25025320/highlights_tray/?${TRAY_QUERY}`,
        answer: { tray: [highlight], status: "ok" },
      },
    ],
  },
  // Without a cover the first story is the cover. Its owner is looked up each time that it is named.
  created({ title: "Été ☀️", story_ids: STORY }, STORY, [STORY]),
  created({ title: "Trip", story_ids: `${STORY},${OTHER}`, cover_story_id: "" }, STORY, [
    STORY,
    OTHER,
  ]),
  created(
    {
      title: "Trip",
      story_ids: full(STORY),
      cover_story_id: full(OTHER),
      crop_rect: "0,1e-5,1.50,1e16",
    },
    full(OTHER),
    [full(STORY)],
    "[0.0,1e-05,1.5,1e+16]",
  ),
  {
    operation: "patchHighlight",
    call: "PATCH /highlight",
    form: {
      highlight_pk: `highlight:${PK}`,
      cover: `{"upload_id": 17500000000000001, "crop_rect": "[0.0,0.0,1.0,1.0]", "n": [1, 1.50, 1e2, -0.0, 1E-7], "é": null}`,
      added_media_ids: STORY,
    },
    requests: [
      edit({
        added_media_ids: `["${STORY}"]`,
        removed_media_ids: "[]",
        cover: `{"upload_id":17500000000000001,"crop_rect":"[0.0,0.0,1.0,1.0]","n":[1,1.5,100.0,-0.0,1e-07],"\\u00e9":null}`,
      }),
    ],
  },
  ...["", "{}", "null", " "].map(
    (cover): Row => ({
      operation: "patchHighlight",
      call: "PATCH /highlight",
      form: { highlight_pk: PK, title: "", cover, removed_media_ids: `${STORY}_49123456789` },
      requests: [edit({ added_media_ids: "[]", removed_media_ids: `["${STORY}_49123456789"]` })],
    }),
  ),
  {
    operation: "postHighlightStory",
    call: "POST /highlight/stories",
    form: { highlight_pk: PK, story_ids: `https://www.instagram.com/stories/me.account/${STORY}/` },
    requests: [edit({ added_media_ids: `["${STORY}"]`, removed_media_ids: "[]" })],
  },
  {
    operation: "deleteHighlightStory",
    call: `DELETE /highlight/stories?highlight_pk=${PK}&story_ids=${STORY}&story_ids=${full(OTHER)}`,
    requests: [
      edit({
        added_media_ids: "[]",
        removed_media_ids: `["${STORY}","${full(OTHER)}"]`,
      }),
    ],
  },
  {
    operation: "deleteHighlight",
    call: `DELETE /highlight?highlight_pk=https://www.instagram.com/stories/highlights/${PK}/`,
    requests: [
      {
        send: `POST /api/v1/highlights/highlight:${PK}/delete_reel/`,
        signed: { _uid: "<session.user_id>", _uuid: "<session.uuid>" },
        answer: { status: "ok" },
      },
    ],
  },
];
