import type { Client } from "../client.ts";
import { answerUnusable } from "../errors.ts";
import { type Headers, requestHeaders } from "../headers.ts";
import { scalarText } from "../json.ts";
import { type Entity, sendAttachment } from "./entity.ts";
import type { Audio, FileBytes, Video } from "./files.ts";

/*
 * Videos and voice messages of Direct go to an upload service of their own, on another host and with
 * headers of its own. Its answer names the file; a message is made of that name.
 */

const HOST = "rupload.facebook.com";
const ANALYTICS =
  '{"network_tags":{"product":"567067343352427","surface":"undefined","request_category":"media_upload","purpose":"none","retry_attempt":"0"}}';

/** Uploads a voice message: `/messenger_audio/{name}`. Resolves with the file's id. */
export const uploadVoice = (client: Client, { file, type }: Audio, name: string): Promise<string> =>
  uploadAttachment(client, file, {
    directory: "/messenger_audio/",
    name,
    type,
    headers: { audio_type: "FILE_ATTACHMENT" },
  });

/** Uploads a video: `/messenger_video/{name}`. Resolves with the file's id. */
export const uploadDirectVideo = (
  client: Client,
  { file }: Video,
  { name, waterfall }: { name: string; waterfall: string },
): Promise<string> =>
  uploadAttachment(client, file, {
    directory: "/messenger_video/",
    name,
    type: "video/mp4",
    headers: {
      video_type: "FILE_ATTACHMENT",
      "segment-start-offset": "0",
      "segment-type": "3",
      ephemeral_media_view_mode: "2",
      ig_raven_metadata: "{}",
      x_fb_video_waterfall_id: waterfall,
    },
  });

interface Attachment {
  directory: string;
  name: string;
  /** Content type. */
  type: string;
  /** Headers beside those of every attachment. */
  headers: Headers;
}

async function uploadAttachment(
  client: Client,
  file: FileBytes,
  { directory, name, type, headers }: Attachment,
): Promise<string> {
  const entity: Entity = {
    host: HOST,
    directory,
    name,
    file,
    isBare: true,
    headers: { ...attachmentHeaders(client), ...headers },
    postHeaders: (offset) => ({
      "content-type": "application/octet-stream",
      offset: String(offset),
      "x-entity-length": String(file.length),
      "x-entity-name": name,
      "x-entity-type": type,
    }),
  };
  const answer = await sendAttachment(client, entity, "UnknownError");
  const id = scalarText(answer.media_id);
  if (id === "") throw answerUnusable("it names no file");
  return id;
}

function attachmentHeaders({ state, now }: Client): Headers {
  const userId = state.userId ?? "";
  const { authorization, mid } = state;
  const region = requestHeaders(state, now())["IG-U-RUR"];
  return {
    Accept: "*/*",
    Connection: "keep-alive",
    ...(authorization ? { authorization } : {}),
    "ig-intended-user-id": userId,
    "ig-u-ds-user-id": userId,
    "accept-encoding": "gzip",
    "accept-language": "en-US",
    priority: "u=6, i",
    "user-agent": state.userAgent,
    "x-fb-client-ip": "True",
    "x-fb-friendly-name": "undefined:media-upload",
    "x-fb-http-engine": "Tigon/MNS/TCP",
    "x-fb-request-analytics-tags": ANALYTICS,
    "x-fb-rmd": "state=URL_ELIGIBLE",
    "x-fb-server-cluster": "True",
    "x-tigon-is-retry": "False",
    "x-ig-salt-ids": "51052545",
    ...(region ? { "ig-u-rur": region } : {}),
    ...(mid ? { "x-mid": mid } : {}),
  };
}
