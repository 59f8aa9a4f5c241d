import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import { notInAnswer } from "../errors.ts";
import { objectOr, scalarText } from "../json.ts";
import type { DirectMessage } from "../models/direct-message.ts";
import { pythonFloat } from "../python-json.ts";
import { randomBetween } from "../random.ts";
import { asciiJson, type FormPairs, form } from "../signing.ts";
import { isConverting, whenConverted } from "../upload/configure.ts";
import type { Audio, Photo, Video } from "../upload/files.ts";
import { uploadDirectVideo, uploadVoice } from "../upload/messenger.ts";
import { uploadPhoto, uploadVideo } from "../upload/rupload.ts";
import { getDirectThreadByParticipants } from "./direct.ts";
import { broadcast, deviceFields, type Recipients, recipientFields } from "./direct-send.ts";

/**
 * Sends a photo: `/rupload_igphoto/`, then `POST direct_v2/threads/broadcast/configure_photo/`.
 * Throws what broadcast() does, and UpstreamRefused: PhotoNotUpload.
 */
export async function sendDirectPhoto(
  client: Client,
  photo: Photo,
  recipients: Recipients,
): Promise<DirectMessage> {
  const uploadId = client.caller.tokens.uploadId();
  client.caller.progress.sending(photo.file.length);
  await uploadPhoto(client, photo, { uploadId });
  return configure(client, "configure_photo", recipients, uploadId, "inbox", [
    ["allow_full_aspect_ratio", "true"],
  ]);
}

/**
 * Sends a video as a file: `/rupload_igvideo/`, then
 * `POST direct_v2/threads/broadcast/configure_video/`. Throws what broadcast() does, and
 * UpstreamRefused: VideoNotUpload.
 */
export async function sendDirectVideoFile(
  client: Client,
  video: Video,
  recipients: Recipients,
): Promise<DirectMessage> {
  const uploadId = client.caller.tokens.uploadId();
  client.caller.progress.sending(video.file.length);
  await uploadVideo(client, video, { uploadId, use: "direct" });
  return configure(client, "configure_video", recipients, uploadId, "direct_thread", [
    ["video_result", ""],
  ]);
}

/** Where the sender may have come from. */
const NAVIGATIONS = [
  "6xQ:direct_media_picker_photos_fragment:1,5rG:direct_thread:2,5ME:direct_quick_camera_fragment:3,5ME:direct_quick_camera_fragment:4,4ju:reel_composer_preview:5,5rG:direct_thread:6,5rG:direct_thread:7,6xQ:direct_media_picker_photos_fragment:8,5rG:direct_thread:9",
  "1qT:feed_timeline:1,7Az:direct_inbox:2,7Az:direct_inbox:3,5rG:direct_thread:4,6xQ:direct_media_picker_photos_fragment:5,5rG:direct_thread:6,5rG:direct_thread:7,6xQ:direct_media_picker_photos_fragment:8,5rG:direct_thread:9",
];

const configure = (
  client: Client,
  kind: "configure_photo" | "configure_video",
  recipients: Recipients,
  uploadId: string,
  attribution: string,
  ofKind: FormPairs,
): Promise<DirectMessage> => {
  const token = client.caller.tokens.mutationToken();
  return publish(client, () =>
    broadcast(client, kind, recipients, {
      body: form([
        ...deviceFields(client),
        ["action", "send_item"],
        ["is_shh_mode", "0"],
        ["send_attribution", attribution],
        ["client_context", token],
        ["mutation_token", token],
        ["nav_chain", NAVIGATIONS[randomBetween(0, 1)] ?? ""],
        ["offline_threading_id", token],
        ...ofKind,
        ...recipientFields(recipients),
        ["upload_id", uploadId],
      ]),
    }),
  );
};

/**
 * Sends a video: `rupload.facebook.com/messenger_video/`, then
 * `POST direct_v2/threads/broadcast/raven_attachment/?video=1`. Users are written to in the thread
 * that they have with the account. Throws what broadcast() does.
 */
export async function sendDirectVideo(
  client: Client,
  video: Video,
  recipients: Recipients,
): Promise<DirectMessage> {
  const threadIds = await threadsOf(client, recipients);
  const { state, caller } = client;
  const { file, width, height, durationMs } = video;
  const name = crypto.randomUUID().replaceAll("-", "");
  const startedAt = client.now();
  // Twelve digits, unlike all other uploads.
  const uploadId = String(randomBetween(100_000_000_000, 999_999_999_999));
  caller.progress.sending(file.length);
  const mediaId = await uploadDirectVideo(client, video, {
    name: `${name}-0-${file.length}-${startedAt}-${startedAt}`,
    waterfall: `${uploadId}_${name.slice(0, 12).toUpperCase()}_Mixed_0`,
  });
  const token = caller.tokens.mutationToken();
  return publish(client, () => {
    const length = pythonFloat(durationMs / 1000);
    const seconds = String(Math.floor(client.now() / 1000));
    return broadcast(
      client,
      "raven_attachment",
      { threadIds },
      {
        query: [["video", "1"]],
        body: signedByDevice(client, {
          recipient_users: "[]",
          view_mode: "permanent",
          has_camera_metadata: "1",
          camera_entry_point: "3",
          thread_ids: asciiJson(threadIds),
          reshare_mode: "allow_reshare",
          original_media_type: "2",
          send_attribution: "direct_composer",
          client_context: token,
          camera_session_id: crypto.randomUUID(),
          attachment_fbid: mediaId,
          include_e2ee_mentioned_user_list: "1",
          hide_from_profile_grid: "false",
          timezone_offset: "0",
          client_shared_at: seconds,
          configure_mode: "2",
          source_type: "3",
          camera_position: "back",
          video_result: mediaId,
          _uid: state.userId,
          composition_id: crypto.randomUUID(),
          mutation_token: token,
          creation_surface: "camera",
          has_ig_camera_edits: "false",
          capture_type: "normal",
          audience: "default",
          upload_id: uploadId,
          client_timestamp: seconds,
          media_transformation_info: asciiJson({
            width: String(width),
            height: String(height),
            x_transform: "0",
            y_transform: "0",
            zoom: "1.0",
            rotation: "0.0",
            background_coverage: "0.0",
          }),
          clips: [{ length, source_type: "3", camera_position: "back" }],
          poster_frame_index: 0,
          length,
          audio_muted: false,
          edits: { filter_type: 0, filter_strength: pythonFloat(1) },
          extra: { source_width: width, source_height: height },
          // The recorded client names this device in these messages, whatever the session's is.
          device: {
            manufacturer: "Google",
            model: "sdk_gphone_arm64",
            android_version: 30,
            android_release: "11",
          },
        }),
      },
    );
  });
}

/** What the app shows of a voice message: how loud it is, ten values a second. */
export type Waveform = readonly number[];

/**
 * Sends a voice message: `rupload.facebook.com/messenger_audio/`, then
 * `POST direct_v2/threads/broadcast/voice_attachment/`. Users are written to in the thread that they
 * have with the account. Throws what broadcast() does.
 */
export async function sendDirectVoice(
  client: Client,
  audio: Audio,
  waveform: Waveform | null,
  recipients: Recipients,
): Promise<DirectMessage> {
  const threadIds = await threadsOf(client, recipients);
  const { tokens, progress } = client.caller;
  const uploadId = tokens.uploadId();
  progress.sending(audio.file.length);
  const name = `${uploadId}_0_${randomBetween(-(2 ** 31), 2 ** 31 - 1)}`;
  const mediaId = await uploadVoice(client, audio, name);
  const token = tokens.mutationToken();
  const levels = asciiJson((waveform ?? madeUpWaveform()).map(pythonFloat));
  return publish(client, () =>
    broadcast(
      client,
      "voice_attachment",
      { threadIds },
      {
        body: form([
          ...deviceFields(client),
          ["action", "send_item"],
          ...recipientFields({ threadIds }),
          ["send_attribution", "inbox"],
          ["client_context", token],
          ["attachment_fbid", mediaId],
          ["mutation_token", token],
          ["waveform", levels],
          ["waveform_sampling_frequency_hz", "10"],
          ["upload_id", uploadId],
          ["offline_threading_id", token],
        ]),
      },
    ),
  );
}

/** Seven seconds of speech, as the recorded client makes it up. */
const madeUpWaveform = (): number[] =>
  Array.from({ length: 70 }, () => randomBetween(200, 950) / 1000);

/** Sends the message, as often as it takes until Instagram has converted its video. */
const publish = (client: Client, message: () => Promise<DirectMessage>): Promise<DirectMessage> =>
  whenConverted(client, async () => {
    try {
      return await message();
    } catch (error) {
      if (isConverting(error)) return null;
      throw error;
    }
  });

/** The threads themselves, or the one that these users have with the account. */
async function threadsOf(
  client: Client,
  { threadIds, userIds }: Recipients,
): Promise<readonly string[]> {
  if (threadIds) return threadIds;
  const answer = await getDirectThreadByParticipants(client, userIds);
  const id = [answer, objectOr(answer.thread as never)]
    .flatMap(({ thread_v2_id, thread_id }) => [thread_v2_id, thread_id])
    .map((value) => scalarText(value as never))
    .find((text) => text !== "");
  if (id !== undefined) return [id];
  throw notInAnswer(
    "DirectThreadNotFound",
    "These users and the account have no thread yet: send a text first",
  );
}
