import type { Client } from "../client.ts";
import { isRefusal } from "../errors.ts";
import { json } from "../readings.ts";
import { jsonText, spacedJson } from "../signing.ts";
import { send } from "../transport.ts";
import { sendRest } from "./entity.ts";
import type { Video } from "./files.ts";
import { reelEntity } from "./rupload.ts";

/**
 * Uploads a Reel without its cover: `POST /upload_settings/{composer session}`, then GET and POST of
 * `/rupload_igvideo/{hex}-0-{length}-{upload id}-{upload id}`. Throws UpstreamRefused: ClipNotUpload,
 * and what every operation can throw.
 */
export async function uploadReel(client: Client, video: Video, uploadId: string): Promise<void> {
  const composerSession = crypto.randomUUID();
  const assetId = randomHex().slice(0, 12).toUpperCase();
  await announce(client, video, composerSession, assetId);
  const headers = {
    "Accept-Encoding": "gzip",
    "X-Instagram-Rupload-Params": spacedJson(reelParameters(video, uploadId)),
    X_FB_VIDEO_WATERFALL_ID: `${composerSession}_${assetId}_Mixed_0`,
  };
  const name = `${randomHex()}-0-${video.file.length}-${uploadId}-${uploadId}`;
  await sendRest(client, reelEntity(name, video, headers), "ClipNotUpload");
}

const randomHex = (): string => crypto.randomUUID().replaceAll("-", "");

/** Tells Instagram what is going to be uploaded. */
async function announce(
  client: Client,
  video: Video,
  composerSession: string,
  assetId: string,
): Promise<void> {
  const settings = uploadSettings(client, video, composerSession, assetId);
  try {
    await send(client, json, {
      effect: "step",
      method: "POST",
      path: `/upload_settings/${composerSession}`,
      headers: {
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
        Offset: "0",
        // The JSON is ASCII.
        "X-Entity-Length": String(spacedJson(settings).length),
        "X-Entity-Name": "upload_settings",
        "X-Entity-Type": "application/json",
        X_FB_VIDEO_WATERFALL_ID: `${composerSession}_settings`,
      },
      body: jsonText(settings),
    });
  } catch (error) {
    throw isRefusal(error, "UnknownError", "ClientStatusFail") ? error.as("ClipNotUpload") : error;
  }
}

function uploadSettings({ state }: Client, video: Video, composerSession: string, assetId: string) {
  const { durationMs: milliseconds, seconds } = video;
  return {
    composer_session_id: composerSession,
    upload_setting_properties: {
      upload_settings_version: "v0.1",
      codec: {},
      context: {
        source_attribution: null,
        enable_video_dimension_upscale: false,
        source_type: "clips",
        quality: "",
        target_id: BigInt(state.userId ?? 0),
      },
      video: {
        video_height: video.height,
        video_gop_size_sec: 0,
        video_rotation_angle: 0,
        video_width: video.width,
        source_video_codec: null,
        video_partial_frame_size_bytes: 0,
        asset_id: assetId,
        video_key_frame_size_bytes: 0,
        target_duration: Math.floor(seconds),
        video_original_file_size: video.file.length,
        video_duration_milliseconds: milliseconds,
        audio_bit_rate_bps: -1,
        video_bit_rate_bps: 0,
        audio_codec_type: null,
        video_fps: 30,
      },
      creative_tools: { transmuxing_eligible: false, transcoding_required: true },
      network: {
        download_latency_connection_quality: "ig_dummy",
        network_connection_name: "ig_dummy",
        download_bandwidth_connection_quality: "ig_dummy",
      },
    },
    preview_spec: { spec_version: 1, video_dur_ms: milliseconds, audio_dur_ms: milliseconds },
  };
}

const reelParameters = (video: Video, uploadId: string) => ({
  provenance_metadata: spacedJson({ origin: ["EXTERNAL"] }),
  upload_media_height: String(video.height),
  share_type: "reels",
  debug_segment_id: "0",
  extract_cover_frame: "1",
  upload_engine_config_enum: "0",
  xsharing_user_ids: "[]",
  upload_media_width: String(video.width),
  stella_data: "{}",
  is_clips_video: "1",
  is_optimistic_upload: "true",
  upload_media_duration_ms: String(video.durationMs),
  content_tags: "use_default_cover",
  upload_id: uploadId,
  retry_context: '{"num_reupload":0,"num_step_auto_retry":0,"num_step_manual_retry":0}',
  session_id: uploadId,
  media_type: "2",
});
