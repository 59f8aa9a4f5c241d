import { digits, type JsonObject } from "./answer.ts";
import { madeFiles } from "./seed/made.ts";
import type { Message, SentFile } from "./seed/messages.ts";
import type { Person } from "./seed/people.ts";
import { isDated } from "./seed/threads.ts";
import { pictureUrl, uploadedName, userShort, videoUrl } from "./seed/user-shape.ts";

export const mediaIdOf = ({ id }: Message): bigint =>
  17_900_000_000_000_000n + (id & 0xffff_ffff_ffffn) / 4n;

/** A photo (1) or video (2) that was sent, as in messages and in the media of a thread. */
export function sentMedia(message: Message, mediaType: 1 | 2): JsonObject {
  return {
    id: isDated(message.thread) && message.hash % 6 === 0 ? undefined : digits(mediaIdOf(message)),
    media_type: mediaType,
    ...(message.sent === undefined
      ? madeUpFiles(message, mediaType)
      : uploadedFiles(message, message.sent)),
    organic_tracking_token: "emulator",
    user: userShort(message.sender),
  };
}

function madeUpFiles({ hash }: Message, mediaType: 1 | 2): JsonObject {
  const name = `direct_${hash}`;
  return {
    original_width: 1080,
    original_height: 1350,
    image_versions2: {
      candidates: [
        { width: 1080, height: 1350, url: pictureUrl(name, 1080, 1350) },
        { width: 320, height: 400, url: pictureUrl(name, 320, 400) },
      ],
    },
    ...(mediaType === 1
      ? {}
      : {
          video_versions: [
            { id: `${name}v`, type: 101, width: 720, height: 900, url: videoUrl(name, 720, 900) },
          ],
          video_duration: 4.5,
        }),
  };
}

const uploadedFiles = ({ id }: Message, { item }: SentFile): JsonObject => ({
  original_width: item.width,
  original_height: item.height,
  ...madeFiles(item, `direct_${id}`),
});

/** The sound of a voice message. */
export function voiceOf({ hash, sentAt, sent }: Message): JsonObject {
  const file = sent?.item.video;
  return {
    audio_src: videoUrl(file === undefined ? `voice_${hash}` : uploadedName(file.key), 0, 0),
    duration: file?.durationMs ?? 1_000 + (hash % 30_000),
    waveform_data: sent?.waveform ?? [0, 0.25, 1, 0.5, 0],
    waveform_sampling_frequency_hz: sent?.waveformHz ?? 10,
    audio_src_expiration_timestamp_us: sentAt + 7_200_000_000,
  };
}

/** How often a photo or video can be viewed, and who has. */
export function viewing(message: Message, mode: string, seenBy: readonly Person[]): JsonObject {
  const { sentAt } = message;
  return {
    seen_user_ids: seenBy.map(({ pk }) => String(pk)),
    seen_count: seenBy.length,
    view_mode: mode,
    replay_expiring_at_us: null,
    reply_type: null,
    url_expire_at_secs: Math.floor(sentAt / 1_000_000) + 7_200,
    story_app_attribution: null,
    playback_duration_secs: 5,
    tap_models: [],
    expiring_media_action_summary: {
      type: seenBy.length > 0 ? "raven_opened" : "raven_sent",
      timestamp: sentAt + 1_500_000,
      count: Math.max(1, seenBy.length),
    },
  };
}

/** A photo or video that may be viewed only once. */
export function visualMedia(message: Message): JsonObject {
  const pk = String(message.sender.pk);
  return {
    media_type: message.sent !== undefined && message.sent.item.video === undefined ? 1 : 2,
    id: `${mediaIdOf(message)}_${pk}`,
    media_id: digits(mediaIdOf(message)),
    ...(message.sent === undefined ? madeUpOnce(message) : uploadedFiles(message, message.sent)),
    video_dash_manifest: null,
    is_dash_eligible: 0,
    organic_tracking_token: "emulator",
    create_mode_attribution: null,
    creative_config: null,
    user: {
      ...userShort(message.sender),
      account_type: 1,
      short_name: message.sender.fullName.split(" ")[0],
      interop_messaging_user_fbid: digits(17842000000000000n + BigInt(message.sender.slot)),
      has_ig_profile: true,
      interop_user_type: 0,
      friendship_status: {
        blocking: false,
        is_messaging_only_blocking: false,
        is_messaging_pseudo_blocking: false,
        is_unavailable: false,
      },
    },
  };
}

/** The files of a seeded video that can be viewed once. */
function madeUpOnce({ hash, sentAt }: Message): JsonObject {
  const name = `once_${hash}`;
  const expires = sentAt + 7_200_000_000;
  return {
    image_versions2: {
      candidates: [
        {
          width: 720,
          height: 1280,
          url: pictureUrl(name, 720, 1280),
          scans_profile: "e35",
          fallback: { url: pictureUrl(`${name}_fallback`, 720, 1280) },
          url_expiration_timestamp_us: expires,
        },
      ],
    },
    video_versions: [
      {
        id: `${name}v`,
        type: 101,
        width: 720,
        height: 1280,
        url: videoUrl(name, 720, 1280),
        fallback: null,
        url_expiration_timestamp_us: expires,
        bandwidth: 812_345,
      },
    ],
    original_width: 720,
    original_height: 1280,
    video_duration: 4,
  };
}
