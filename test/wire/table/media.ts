import type { Row } from "./row.ts";

const IPHONE =
  "Instagram 273.0.0.16.70 (iPhone15,2; iOS 17_5_1; en_US; en-US; scale=3.00; 1290x2796; 470085518)";

/** Of several posts in an answer the last one counts. */
const POST = {
  items: [
    { pk: "1", id: "1_2", media_type: 1, user: { pk: 2, username: "other" } },
    {
      pk: "3456789012345678901",
      id: "3456789012345678901_25025320",
      media_type: 1,
      taken_at: 1760000000,
      user: { pk: 25025320, username: "instagram" },
    },
  ],
  status: "ok",
};

export const mediaRows: Row[] = [
  { operation: "getMediaPk", call: "GET /media/pk?media_id=1_2", requests: [] },
  {
    operation: "getMediaPkFromCode",
    call: "GET /media/pk/from/code?code=B-fKL9qpeab",
    requests: [],
  },
  {
    operation: "getMediaPkFromUrl",
    call: "GET /media/pk/from/url?url=https://www.instagram.com/p/B-fKL9qpeab/",
    requests: [],
  },
  { operation: "getMediaId", call: "GET /media/id?media_pk=1_2", requests: [] },
  {
    operation: "getMediaId",
    call: "GET /media/id?media_pk=3456789012345678901",
    session: false,
    requests: [
      {
        send: "POST /graphql/query/",
        host: "www.instagram.com",
        web: {
          "Accept-Encoding": "gzip, deflate",
          "Accept-Language": "en-US,en;q=0.8",
          "User-Agent": IPHONE,
          Referer: "https://www.instagram.com/p/C_4-0q4Vmw1/",
          "Content-Type": "application/x-www-form-urlencoded",
        },
        form: [
          ["variables", '{"shortcode":"C_4-0q4Vmw1"}'],
          ["doc_id", "8845758582119845"],
          ["server_timestamps", "true"],
        ],
        answer: { data: { xdt_shortcode_media: { owner: { id: "25025320" } } } },
      },
    ],
  },
  {
    operation: "getMediaAuthor",
    call: "GET /media/user?media_pk=3456789012345678901_25025320",
    requests: [{ send: "GET /api/v1/media/3456789012345678901/info/", answer: POST }],
  },
  {
    operation: "getMediaLikers",
    call: "GET /media/likers?media_id=C_5DDHCoJ-1",
    requests: [
      { send: "GET /api/v1/media/3456807596841803701/info/", answer: POST },
      {
        send: "GET /api/v1/media/3456807596841803701_25025320/likers/",
        answer: { users: [], user_count: 0, status: "ok" },
      },
    ],
  },
  {
    operation: "getMediaOembed",
    call: "GET /media/oembed?url=www.instagram.com/p/C_5DDHCoJ-1/%3Figsh%3Da%26b%3D%2520c",
    requests: [
      {
        send: "GET /api/v1/oembed?url=https%3A%2F%2Fwww.instagram.com%2Fp%2FC_5DDHCoJ-1%2F%3Figsh%3Da%26b%3D%2520c",
        answer: { media_id: "3456807596841803701_25025320", status: "ok" },
      },
    ],
  },
  {
    operation: "getMediaOembed",
    call: "GET /media/oembed?url=http://www.instagram.com/p/C_5DDHCoJ-1/",
    requests: [
      {
        send: "GET /api/v1/oembed?url=http%3A%2F%2Fwww.instagram.com%2Fp%2FC_5DDHCoJ-1%2F",
        answer: { media_id: "3456807596841803701_25025320", status: "ok" },
      },
    ],
  },
  {
    operation: "getMedia",
    call: "GET /media?pk=3456789012345678901",
    requests: [
      {
        send: "GET /api/v1/media/3456789012345678901/info/",
        answer: POST,
      },
    ],
  },
];
