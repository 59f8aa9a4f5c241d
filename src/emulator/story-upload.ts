import { invalidParameter, json, ok, Refusal, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { checkApp, checkExtra, checkLength } from "./configure.ts";
import { confirmed, reaches, sentBy } from "./direct-send.ts";
import { captionIn } from "./post-fields.ts";
import type { Exchange, Route } from "./router.ts";
import type { MadeItem } from "./seed/made.ts";
import type { ViewMode } from "./seed/messages.ts";
import type { Story } from "./seed/stories.ts";
import { storyTexts } from "./story.ts";
import { checkedUrl, stickersIn } from "./story-stickers.ts";
import { afterwards, type Faults, faultsOf } from "./upload-faults.ts";
import { ownUpload, photoOf, uploadIdIn, uploadOf, videoOf } from "./uploaded.ts";
import type { Upload } from "./world/uploads.ts";

/** Makes stories of what was uploaded. */
export const STORY_UPLOAD: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/media/configure_to_story/",
    acts: "other",
    requiredFields: ["_uuid", "upload_id", "configure_mode", "source_type", "client_shared_at"],
    handle: configure,
  },
  {
    method: "POST",
    path: "/api/v1/media/validate_reel_url/",
    requiredFields: ["url", "_uuid"],
    handle: ({ fields }) => {
      checkedUrl(fields.url, "url");
      return ok();
    },
  },
];

/** Makes a story, or a photo or video for threads where the app was asked to send it to some. */
async function configure(exchange: Exchange): Promise<Response> {
  const { world, viewer, fields, query } = exchange;
  const uploadId = uploadIdIn(fields);
  const isVideo = query.get("video") === "1";
  checkApp(fields);
  checkExtra(fields.extra);
  if (!/^\d{10,13}$/.test(textField(fields, "client_shared_at") ?? ""))
    throw invalidParameter("client_shared_at");
  if (isVideo) checkLength(fields);
  const caption = captionIn(fields, "caption");
  const stickers = stickersIn(exchange);
  const mode = textField(fields, "configure_mode");
  if (mode !== "1" && mode !== "2") throw invalidParameter("configure_mode");
  const importedAt = importedAtIn(fields);
  const happens = faultsOf(exchange, { step: "configure", uploadId, caption });
  const upload = ownUpload(exchange, uploadId, happens);
  const item = isVideo ? await videoItem(exchange, upload, happens) : photoItem(upload);
  // Another request may have made something of the upload meanwhile.
  uploadOf(exchange, uploadId);
  if (mode === "2") return send(exchange, upload, item, happens);
  const isForCloseFriends = textField(fields, "audience") === "besties";
  const story = world.stories.make(viewer, {
    uploadId,
    item,
    caption,
    stickers,
    importedAt,
    isForCloseFriends,
  });
  world.uploads.take(viewer, upload);
  tellMentioned(exchange, story);
  const media = storyTexts(exchange, [story]);
  return afterwards(json(`{"media":${media},"upload_id":"${uploadId}","status":"ok"}`), happens);
}

function photoItem(upload: Upload): MadeItem {
  const { file, width, height } = photoOf(upload);
  return { picture: file.key, width, height };
}

/** Stories need no cover: it is made of the video. */
async function videoItem(exchange: Exchange, upload: Upload, happens: Faults): Promise<MadeItem> {
  const { file, cover, ...video } = await videoOf(exchange, upload, { needsCover: false, happens });
  const { width, height, durationMs } = video;
  if (width === 0) throw refuse(400, "Transcode error: The file has no video");
  return { picture: cover?.file.key, width, height, video: { key: file.key, durationMs } };
}

/** When the picture was taken, unix seconds. */
function importedAtIn(fields: Fields): number | undefined {
  const text = textField(fields, "imported_taken_at");
  if (text === undefined) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw invalidParameter("imported_taken_at");
  return Number(text);
}

const VIEW_MODES: readonly string[] = ["once", "replayable", "permanent"] satisfies ViewMode[];
const isViewMode = (text: string): text is ViewMode => VIEW_MODES.includes(text);

/** How often what is sent can be viewed. Throws a Refusal (400) for other modes. */
export function viewModeIn(fields: Fields): ViewMode {
  const mode = textField(fields, "view_mode") ?? "replayable";
  if (!isViewMode(mode)) throw invalidParameter("view_mode");
  return mode;
}

/** Sends it to threads or users instead of showing it to all followers. */
function send(exchange: Exchange, upload: Upload, item: MadeItem, happens: Faults): Response {
  const { world, viewer, fields } = exchange;
  const context = textField(fields, "client_context");
  if (context === undefined) throw invalidParameter("client_context");
  const sent = sentBy(exchange, {
    sender: viewer,
    kind: "raven_new",
    text: undefined,
    share: undefined,
    sent: { item, viewMode: viewModeIn(fields) },
    context,
  });
  world.uploads.take(viewer, upload);
  const metadata = confirmed(sent, context);
  return afterwards(ok({ upload_id: upload.id, message_metadata: metadata }), happens);
}

/** Sends each user whom a story mentions a message with the story. */
function tellMentioned(exchange: Exchange, story: Story): void {
  const { world, viewer } = exchange;
  for (const { content } of story.made?.stickers ?? []) {
    if (content.kind !== "mention" || content.person.pk === viewer.pk) continue;
    const mentioned = content.person;
    if (!reaches(exchange, mentioned) || !world.seesStory(mentioned, story)) continue;
    try {
      world.direct.sendToUsers([mentioned], {
        sender: viewer,
        kind: "reel_share",
        text: "",
        share: { story, mentioned },
        context: `mention ${story.pk} ${mentioned.pk}`,
      });
    } catch (error) {
      // The story is there, also where the world has no room to tell of it.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
