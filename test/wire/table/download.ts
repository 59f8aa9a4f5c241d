import type { Request, Row } from "./row.ts";
import { CAPABILITIES } from "./story.ts";

const PK = "3456789012345678901";
const OWNER = { pk: 25025320, username: "instagram" };
const CDN = "scontent-fra3-1.cdninstagram.com";
const PHOTO = "/v/t51.2885-15/photo.jpg";
const VIDEO = "/o1/v/t16/video.mp4";
const SOUND = "/o1/v/t15/track.m4a";

const url = (path: string): string => `https://${CDN}${path}?x=1`;
const named = (path: string, more = ""): string => `url=${encodeURIComponent(url(path))}${more}`;

/** What the recorded client's surface for the web sends. */
const BROWSER = {
  Connection: "Keep-Alive",
  Accept: "*/*",
  "Accept-Encoding": "gzip,deflate",
  "Accept-Language": "en-US",
  "User-Agent":
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/11.1.2 Safari/605.1.15",
};
/** What its HTTP library sends by itself: sounds are fetched past that surface. */
const LIBRARY = {
  Accept: "*/*",
  "Accept-Encoding": "gzip, deflate, zstd",
  Connection: "keep-alive",
  "User-Agent": "python-httpx/0.28.1",
};

const file = (path: string, bare: Record<string, string> = BROWSER): Request => ({
  send: `GET ${path}?x=1`,
  host: CDN,
  bare,
  answer: "the file",
});

const photo = { pk: PK, media_type: 1, image_versions2: { candidates: [{ url: url(PHOTO) }] } };
const video = { pk: PK, media_type: 2, video_versions: [{ url: url(VIDEO) }] };
const post = (item: object, pk = PK): Request => ({
  send: `GET /api/v1/media/${pk}/info/`,
  answer: { items: [{ id: `${PK}_25025320`, user: OWNER, taken_at: 1, ...item }], status: "ok" },
});
const stories = (item: object): Request => ({
  send: `GET /api/v1/feed/user/25025320/story/?supported_capabilities_new=${encodeURIComponent(CAPABILITIES)}`,
  answer: { reel: { items: [{ user: OWNER, taken_at: 1, ...item }] }, status: "ok" },
});

/** One file each: `media_info`, then the file; by URL the file alone. */
const ofOneFile = (
  path: string,
  [byPk, byUrl]: readonly [string, string],
  item: object,
  at: string,
): Row[] => [
  {
    operation: byPk,
    call: `GET ${path}/download?media_pk=${PK}`,
    requests: [post(item), file(at)],
  },
  {
    operation: byPk,
    call: `GET ${path}/download?media_pk=${PK}_25025320&folder=%2Ftmp&returnFile=true`,
    requests: [post(item), file(at)],
  },
  {
    operation: byPk,
    call: `GET ${path}/download?media_pk=${PK}&returnFile=false`,
    requests: [post(item)],
  },
  {
    operation: byUrl,
    call: `GET ${path}/download/by/url?${named(at, "&filename=mine&folder=there")}`,
    requests: [file(at)],
  },
  {
    operation: byUrl,
    call: `GET ${path}/download/by/url?${named(at, "&returnFile=false")}`,
    requests: [],
  },
];

export const downloadRows: Row[] = [
  ...ofOneFile("/photo", ["getPhotoDownload", "getPhotoDownloadByUrl"], photo, PHOTO),
  ...ofOneFile("/video", ["getVideoDownload", "getVideoDownloadByUrl"], video, VIDEO),
  ...ofOneFile("/clip", ["getClipDownload", "getClipDownloadByUrl"], video, VIDEO),
  ...ofOneFile("/igtv", ["getIgtvDownload", "getIgtvDownloadByUrl"], video, VIDEO),
  {
    operation: "getAlbumDownload",
    call: `GET /album/download?media_pk=${PK}`,
    requests: [
      post({
        media_type: 8,
        carousel_media: [
          { ...video, pk: `${PK}1` },
          { ...photo, pk: `${PK}2` },
        ],
      }),
      file(VIDEO),
      file(PHOTO),
    ],
  },
  {
    operation: "getAlbumDownload",
    call: `GET /album/download?media_pk=${PK}&returnFile=false`,
    requests: [post({ media_type: 8, carousel_media: [{ ...photo, pk: `${PK}2` }] })],
  },
  {
    operation: "getAlbumDownloadByUrls",
    call: `GET /album/download/by/urls?${[PHOTO, VIDEO].map((path) => named(path).replace("url=", "urls=")).join("&")}`,
    requests: [file(PHOTO), file(VIDEO)],
  },
  {
    operation: "getStoryDownload",
    call: `GET /story/download?story_pk=${PK}`,
    requests: [post(photo), stories(photo), file(PHOTO)],
  },
  {
    operation: "getStoryDownload",
    call: `GET /story/download?story_pk=${PK}_25025320&filename=mine`,
    requests: [stories(video), file(VIDEO)],
  },
  {
    operation: "getStoryDownloadByUrl",
    call: `GET /story/download/by/url?${named(PHOTO)}`,
    requests: [file(PHOTO)],
  },
  {
    operation: "getTrackDownloadByUrl",
    call: `GET /track/download/by/url?${named(SOUND, "&filename=song")}`,
    requests: [file(SOUND, LIBRARY)],
  },
];
