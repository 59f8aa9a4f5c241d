import { digits, type JsonObject } from "../answer.ts";
import { type Post, postPk } from "./posts.ts";
import { pictureUrl, uploadedName, videoUrl } from "./user-shape.ts";

/** What an account has uploaded for a post. */
export interface Made {
  /** The id that the app gave to the upload. */
  readonly uploadId: string;
  /** One; several of a carousel. */
  readonly items: readonly MadeItem[];
  /** True for a video that was uploaded as IGTV. */
  readonly isIgtv?: boolean;
  readonly title?: string;
}

/** A photo or a video that was uploaded. */
export interface MadeItem {
  /** Key of the JPEG; undefined for a video without a cover. */
  readonly picture?: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly video?: { readonly key: string; readonly durationMs: number };
}

/** Keys of all files of some items. */
export const keysOf = (items: readonly MadeItem[]): string[] =>
  items.flatMap(({ picture, video }) => [picture, video?.key].filter((key) => key !== undefined));

/** URL of the picture of a post, as the uploaded one or as a made-up one of that size. */
export function pictureOf({ pk, made }: Post, width: number, height: number): string {
  const [item] = made?.items ?? [];
  return item?.picture === undefined
    ? pictureUrl(`${pk}`, width, height)
    : pictureUrl(uploadedName(item.picture), item.width, item.height);
}

/** `image_versions2` of an item, and `video_versions` and its like of a video. */
export function madeFiles(item: MadeItem, name: string): JsonObject {
  const { picture, width, height } = item;
  const url = pictureUrl(picture === undefined ? name : uploadedName(picture), width, height);
  return { image_versions2: { candidates: [{ width, height, url }] }, ...video(item, name) };
}

function video({ video, width, height }: MadeItem, name: string): JsonObject {
  if (video === undefined) return {};
  return {
    video_versions: [
      {
        id: `${name}v`,
        type: 101,
        width,
        height,
        bandwidth: width * 1_000,
        url: videoUrl(uploadedName(video.key), width, height),
      },
    ],
    video_duration: video.durationMs / 1_000,
    has_audio: true,
    is_dash_eligible: 0,
    number_of_qualities: 1,
    video_codec: "avc1.4d401f",
  };
}

/** Items of a carousel whose ids differ only in their last bits. */
const IN_A_MILLISECOND = 6;

/** The fields of a carousel. */
export function madeCarousel({ pk: parent, owner, takenAt }: Post, { items }: Made): JsonObject {
  const children = items.map((item, index) => {
    const moment = takenAt + Math.floor(index / IN_A_MILLISECOND);
    const pk = postPk(moment, owner.slot, 1 + (index % IN_A_MILLISECOND));
    const id = `${pk}_${owner.pk}`;
    return {
      pk: digits(pk),
      id,
      strong_id__: id,
      carousel_parent_id: `${parent}_${owner.pk}`,
      media_type: item.video === undefined ? 1 : 2,
      product_type: "carousel_item",
      original_width: item.width,
      original_height: item.height,
      taken_at: Math.floor(takenAt / 1_000),
      commerciality_status: "not_commercial",
      ...madeFiles(item, `${pk}`),
    };
  });
  const [first] = items;
  return {
    carousel_media_count: children.length,
    carousel_media: children,
    carousel_media_ids: children.map(({ pk }) => pk),
    // The container shows its first item's picture.
    ...(first === undefined ? {} : madeFiles({ ...first, video: undefined }, `${parent}`)),
  };
}
