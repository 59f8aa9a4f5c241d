import type { Request, Row } from "./row.ts";
import { seen, viewed } from "./story.ts";

const PK = "3456789012345678901";
const OTHER = "3456789012345678904_49123456789";
const ID = `${PK}_25025320`;
const OK = { status: "ok" };

/** A post that is named without its owner costs this one first. */
const info: Request = {
  send: `GET /api/v1/media/${PK}/info/`,
  answer: {
    items: [{ pk: PK, id: ID, media_type: 1, user: { pk: 25025320, username: "instagram" } }],
    ...OK,
  },
};

const device = { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" };
const signed = (path: string, fields: object, answer: object = OK): Request => ({
  send: `POST /api/v1/${path}`,
  signed: { ...device, radio_type: "wifi-none", ...fields },
  answer,
});

const like = (verb: string): Request =>
  signed(`media/${PK}/${verb}/`, {
    inventory_source: "media_or_ad",
    media_id: PK,
    is_carousel_bumped_post: "false",
    container_module: "feed_timeline",
    feed_position: "<random 0..6>",
  });
const archive = (verb: string): Request => signed(`media/${ID}/${verb}/`, { media_id: ID });
const pin = (verb: string): Request => signed(`users/${verb}_timeline_media/`, { post_id: PK });
const save = (verb: string, collections: object = {}): Request =>
  signed(`media/${ID}/${verb}/`, { module_name: "feed_timeline", ...collections });

const EDIT = { media_id: ID, caption: "new caption" };
const edit = (fields: object, id = ID): Request => ({
  send: `POST /api/v1/media/${id}/edit_media/`,
  signed: { ...device, ...fields },
  answer: { media: { id }, ...OK },
});
const edited = (location: string, usertags = '{"in": []}'): Request =>
  edit({
    caption_text: "new caption",
    container_module: "edit_media_info",
    feed_position: "0",
    location,
    usertags,
    is_carousel_bumped_post: "false",
  });
const igtv: Request = {
  ...info,
  answer: {
    items: [
      {
        pk: PK,
        id: ID,
        media_type: 2,
        product_type: "igtv",
        user: { pk: 25025320, username: "i" },
      },
    ],
    ...OK,
  },
};
const titled = (caption_text: string, title: string): Request =>
  edit({ caption_text, title, igtv_ads_toggled_on: "0" });

const locationInfo: Request = {
  send: "GET /api/v1/locations/213385402/location_info/",
  answer: {
    location_id: "213385402",
    facebook_places_id: "111777152182368",
    name: "Berlin",
    lat: 52,
    lng: 13.38,
    location_address: "",
    ...OK,
  },
};
const venues: Request = {
  send: "GET /api/v1/location_search/?latitude=1e-05&longitude=13.0",
  answer: {
    venues: [
      {
        external_id: "111777152182369",
        external_id_source: "facebook_places",
        name: "Café",
        address: "Straße 1",
        lat: 1e-5,
        lng: -13,
      },
    ],
    ...OK,
  },
};

const post = (
  operation: string,
  path: string,
  form: Record<string, string>,
  ...requests: Request[]
): Row => ({ operation, call: `POST ${path}`, form, requests });
const remove = (operation: string, call: string, ...requests: Request[]): Row => ({
  operation,
  call: `DELETE ${call}`,
  requests,
});
const patch = (form: Record<string, string>, ...requests: Request[]): Row => ({
  operation: "patchMedia",
  call: "PATCH /media",
  form,
  requests,
});

export const mediaActionRows: Row[] = [
  post("postMediaLike", "/media/like", { media_id: ID }, like("like")),
  post("postMediaLike", "/media/like", { media_id: PK, revert: "false" }, like("like")),
  post("postMediaLike", "/media/like", { media_id: ID, revert: "true" }, like("unlike")),
  remove("deleteMediaLike", `/media/like?media_id=${PK}`, like("unlike")),
  post("postMediaArchive", "/media/archive", { media_id: ID }, archive("only_me")),
  post("postMediaArchive", "/media/archive", { media_id: PK }, info, archive("only_me")),
  post(
    "postMediaArchive",
    "/media/archive",
    { media_id: ID, revert: "1" },
    archive("undo_only_me"),
  ),
  remove("deleteMediaArchive", `/media/archive?media_id=${PK}`, info, archive("undo_only_me")),
  post("postMediaPin", "/media/pin", { media_pk: PK }, pin("pin")),
  post("postMediaPin", "/media/pin", { media_pk: ID, revert: "true" }, pin("unpin")),
  remove("deleteMediaPin", `/media/pin?media_pk=${ID}`, pin("unpin")),
  post("postMediaSave", "/media/save", { media_id: PK }, info, save("save")),
  post("postMediaSave", "/media/save", { media_id: ID, revert: "true" }, save("unsave")),
  post("postMediaSave", "/media/save", { media_id: ID, collection_pk: "0" }, save("save")),
  remove("deleteMediaSave", `/media/save?media_id=${ID}`, save("unsave")),
  remove(
    "deleteMediaSave",
    `/media/save?media_id=${PK}&collection_pk=17850000000000001`,
    info,
    save("unsave", { added_collection_ids: "[17850000000000001]" }),
  ),
  {
    operation: "patchMediaSeen",
    call: "PATCH /media/seen",
    form: { media_ids: `${OTHER},${PK}` },
    requests: [
      info,
      seen(
        {
          [`${OTHER}_49123456789`]: viewed(1),
          [`${ID}_25025320`]: viewed(2),
        },
        {},
      ),
    ],
  },
  {
    operation: "patchMediaSeen",
    call: "PATCH /media/seen",
    form: { media_ids: ID, skipped_media_ids: OTHER },
    requests: [seen({ [`${ID}_25025320`]: viewed(1) }, { [`${OTHER}_49123456789`]: viewed(2) })],
  },
  patch({ ...EDIT, media_id: PK }, info, edited("{}")),
  patch(
    {
      ...EDIT,
      usertags:
        '[{"user": {"pk": 25025320}, "x": 0, "y": 1e-5}, {"user": {"pk": "2"}, "x": "1", "y": 0.5}]',
      location: "",
    },
    info,
    edited(
      "{}",
      '{"in": [{"user_id": "25025320", "position": [0.0, 1e-05]}, {"user_id": "2", "position": [1.0, 0.5]}]}',
    ),
  ),
  patch(
    {
      ...EDIT,
      location:
        '{"name": "Größe", "external_id": "111777152182368", "external_id_source": null, "lat": 52, "lng": null, "address": null, "hours": {}}',
    },
    info,
    edited(
      '{"name":"Gr\\u00f6\\u00dfe","address":null,"lat":52.0,"lng":null,"external_source":null,"facebook_places_id":111777152182368}',
    ),
  ),
  patch(
    { ...EDIT, location: '{"pk": 213385402, "name": "Any", "lat": 1, "lng": 2}' },
    info,
    locationInfo,
    edited(
      '{"name":"Berlin","address":"","lat":52.0,"lng":13.38,"external_source":null,"facebook_places_id":111777152182368}',
    ),
  ),
  patch(
    { ...EDIT, location: '{"name": "Any", "lat": 0.00001, "lng": 13}' },
    info,
    venues,
    edited(
      '{"name":"Caf\\u00e9","address":"Stra\\u00dfe 1","lat":1e-05,"lng":-13.0,"external_source":"facebook_places","facebook_places_id":111777152182369}',
    ),
  ),
  patch(
    { ...EDIT, location: '{"name": "Nowhere", "lat": 0, "lng": 13}' },
    info,
    edited(
      '{"name":"Nowhere","address":"","lat":0.0,"lng":13.0,"external_source":null,"facebook_places_id":null}',
    ),
  ),
  patch({ ...EDIT, title: "T" }, igtv, titled("new caption", "T")),
  patch({ ...EDIT, caption: "first\nsecond\nthird" }, igtv, titled("second\nthird", "first")),
  patch({ ...EDIT, caption: "🙌".repeat(80) }, igtv, titled("🙌".repeat(80), "🙌".repeat(75))),
];
