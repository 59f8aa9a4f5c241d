import { invalidParameter, type JsonObject, json, ok, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { captionIn, placeIn, taggedIn } from "./post-fields.ts";
import type { Exchange, Route } from "./router.ts";
import type { Made, MadeItem } from "./seed/made.ts";
import type { PostKind, Tagged } from "./seed/posts.ts";
import { afterwards, type Faults, faultsOf } from "./upload-faults.ts";
import { ownUpload, photoOf, transcodeError, uploadIdIn, uploadOf, videoOf } from "./uploaded.ts";
import type { Upload, UploadedPhoto } from "./world/uploads.ts";

/** Makes posts of what was uploaded. */
export const CONFIGURE: readonly Route[] = [
  post("configure/", (exchange) =>
    single(exchange, exchange.query.get("video") === "1" ? FEED_VIDEO : FEED_PHOTO),
  ),
  post("configure_to_clips/", (exchange) => single(exchange, REEL)),
  post("configure_to_igtv/", (exchange) => single(exchange, IGTV)),
  post("configure_sidecar/", album),
  { method: "POST", path: "/api/v1/media/upload_finish/", handle: finish },
];

function post(path: string, handle: Route["handle"]): Route {
  return { method: "POST", path: `/api/v1/media/${path}`, acts: "other", handle };
}

/** What is made of one upload. */
interface Making {
  readonly kind: PostKind;
  readonly isIgtv?: boolean;
  /** Undefined for a photo. */
  readonly video?: {
    readonly needsCover: boolean;
    /** Smallest and largest width by height. */
    readonly ratios: Ratios;
  };
}

type Ratios = readonly [least: number, most: number];

/** Ratios of photos, from 3:4 to 1.91:1, with a little room for rounding. */
const PHOTO_RATIOS: Ratios = [0.745, 1.925];
/** From 9:16 to 1.91:1. */
const VIDEO_RATIOS: Ratios = [0.555, 1.925];
/** Reels take nearly everything, and crop it. */
const REEL_RATIOS: Ratios = [0.01, 10];

const FEED_PHOTO: Making = { kind: "photo" };
const FEED_VIDEO: Making = { kind: "video", video: { needsCover: true, ratios: VIDEO_RATIOS } };
const REEL: Making = { kind: "clip", video: { needsCover: false, ratios: REEL_RATIOS } };
const IGTV: Making = {
  kind: "video",
  isIgtv: true,
  video: { needsCover: true, ratios: REEL_RATIOS },
};

/** Makes a post of one photo or video. */
async function single(exchange: Exchange, { kind, isIgtv, video }: Making): Promise<Response> {
  const { fields } = exchange;
  const uploadId = uploadIdIn(fields);
  checkApp(fields);
  checkExtra(fields.extra);
  if (video !== undefined) checkLength(fields);
  const title = isIgtv ? titleIn(fields) : undefined;
  const about = aboutPost(exchange);
  const happens = faultsOf(exchange, { step: "configure", uploadId, caption: about.caption });
  const upload = ownUpload(exchange, uploadId, happens);
  const item =
    video === undefined
      ? photoItem(photoOf(upload), PHOTO_RATIOS)
      : await videoItem(exchange, upload, { ...video, happens });
  const made = { uploadId, items: [item], isIgtv, title };
  return make(exchange, { ...about, kind, made, uploads: [upload], happens });
}

/** Most items of an album. */
const MOST_ITEMS = 20;

/** Makes an album of several photos and videos. */
async function album(exchange: Exchange): Promise<Response> {
  const { fields } = exchange;
  const uploadId = uploadIdIn({ upload_id: fields.client_sidecar_id });
  checkApp(fields);
  const children = childrenIn(fields);
  const about = aboutPost(exchange);
  const happens = faultsOf(exchange, { step: "configure", uploadId, caption: about.caption });
  const uploads = children.map((child) => ownUpload(exchange, uploadIdIn(child), happens));
  if (new Set(uploads).size < uploads.length) throw invalidParameter("children_metadata");
  const items: MadeItem[] = [];
  for (const upload of uploads)
    items.push(
      upload.video === undefined
        ? photoItem(photoOf(upload), PHOTO_RATIOS)
        : await videoItem(exchange, upload, {
            needsCover: true,
            ratios: VIDEO_RATIOS,
            happens,
          }),
    );
  const tagged = children.flatMap((child) => taggedIn(exchange, child) ?? []);
  const made = { uploadId, items };
  return make(exchange, {
    ...about,
    tagged: [...about.tagged, ...tagged],
    kind: "carousel",
    made,
    uploads,
    happens,
  });
}

function childrenIn({ children_metadata: children }: Fields): readonly Fields[] {
  if (!Array.isArray(children) || children.length === 0) throw refuse(400, "No sidecar children.");
  if (children.length > MOST_ITEMS) throw refuse(400, "Too many sidecar children.");
  return children.map((child: unknown) => {
    if (typeof child !== "object" || child === null) throw invalidParameter("children_metadata");
    const { extra } = child as Fields;
    checkExtra(typeof extra === "string" ? parsed(extra) : extra);
    return child as Fields;
  });
}

/** What a post says, whatever it is made of. */
function aboutPost(exchange: Exchange) {
  const { fields } = exchange;
  return {
    caption: captionIn(fields, "caption"),
    tagged: taggedIn(exchange, fields) ?? [],
    place: placeIn(fields)?.place,
    commentsClosed: textField(fields, "disable_comments") === "1",
  };
}

interface NewPost extends ReturnType<typeof aboutPost> {
  readonly kind: PostKind;
  readonly tagged: readonly Tagged[];
  readonly made: Made;
  readonly uploads: readonly Upload[];
  readonly happens: Faults;
}

/** Adds the post, unless another request has made something of its uploads meanwhile. */
function make(
  exchange: Exchange,
  { uploads, happens, tagged, place, ...draft }: NewPost,
): Response {
  const { world, viewer, now } = exchange;
  for (const { id } of uploads) uploadOf(exchange, id);
  const each = new Map(tagged.map((tag) => [tag.person.pk, tag]));
  const shows = { tagged: [...each.values()], place };
  const post = world.posts.make({ ...draft, owner: viewer, shows }, now);
  for (const upload of uploads) world.uploads.take(viewer, upload);
  const media = world.mediaText(viewer, post);
  const more: JsonObject = { upload_id: draft.made.uploadId, status: "ok" };
  return afterwards(json(`{"media":${media},${JSON.stringify(more).slice(1)}`), happens);
}

function photoItem({ file, width, height }: UploadedPhoto, [least, most]: Ratios): MadeItem {
  if (width / height < least || width / height > most)
    throw refuse(400, "Uploaded image isn't in an allowed aspect ratio");
  return { picture: file.key, width, height };
}

async function videoItem(
  exchange: Exchange,
  upload: Upload,
  { ratios: [least, most], ...rules }: Required<Making>["video"] & { readonly happens: Faults },
): Promise<MadeItem> {
  const { file, width, height, durationMs, cover } = await videoOf(exchange, upload, rules);
  const ratio = width / height;
  if (!(ratio >= least && ratio <= most))
    throw transcodeError(`Video's aspect ratio is too ${ratio > most ? "large" : "small"}`);
  return { picture: cover?.file.key, width, height, video: { key: file.key, durationMs } };
}

/** Every app says what device it runs on and where the file is from. */
export function checkApp(fields: Fields): void {
  const { device } = fields;
  if (typeof device !== "object" || device === null) throw invalidParameter("device");
  if (!/^\d$/.test(textField(fields, "source_type") ?? "")) throw invalidParameter("source_type");
}

/** The size of the picture before the app has scaled it. */
export function checkExtra(extra: unknown): void {
  const { source_width: width, source_height: height } = (extra ?? {}) as Fields;
  if (![width, height].every((side) => typeof side === "number" && side > 0))
    throw invalidParameter("extra");
}

/** How long the video is, whole and in its pieces. */
export function checkLength({ length, clips }: Fields): void {
  if (typeof length !== "number" || !(length > 0)) throw invalidParameter("length");
  if (!Array.isArray(clips) || clips.length === 0) throw invalidParameter("clips");
}

/** Most characters of a title. */
const LONGEST_TITLE = 75;

function titleIn({ title = "" }: Fields): string {
  if (typeof title !== "string" || title.length > LONGEST_TITLE) throw invalidParameter("title");
  return title;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Older apps ask for the end of the transcoding, and wait for it, before they make the post. */
async function finish(exchange: Exchange): Promise<Response> {
  const { world, viewer, fields } = exchange;
  const uploadId = uploadIdIn(fields);
  const happens = faultsOf(exchange, { step: "configure", uploadId });
  const upload = uploadOf(exchange, uploadId);
  if (upload.video !== undefined) {
    world.uploads.finish(viewer, upload);
    await videoOf(exchange, uploadOf(exchange, uploadId), { needsCover: false, happens });
  }
  return ok();
}
