import { changed } from "./account.ts";
import type { Exchange, Route } from "./router.ts";
import type { ProfilePicture } from "./seed/people.ts";
import { postPk } from "./seed/posts.ts";
import { afterwards, faultsOf } from "./upload-faults.ts";
import { ownUpload, photoOf, uploadIdIn } from "./uploaded.ts";

/** The viewer's profile picture. */
export const PROFILE_PICTURE: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/accounts/change_profile_picture/",
    acts: "other",
    // Only some clients sign it.
    body: "form",
    requiredFields: ["_uuid", "upload_id"],
    handle: change,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/remove_profile_picture/",
    acts: "other",
    requiredFields: ["_uuid"],
    handle: (exchange) => replace(exchange, null),
  },
];

function change(exchange: Exchange): Response {
  const { world, viewer, fields, now } = exchange;
  const uploadId = uploadIdIn(fields);
  const happens = faultsOf(exchange, { step: "configure", uploadId });
  const upload = ownUpload(exchange, uploadId, happens);
  const { file } = photoOf(upload);
  const picture = { id: postPk(now, viewer.slot, 0), file: file.key };
  const answer = replace(exchange, picture);
  world.uploads.take(viewer, upload);
  return afterwards(answer, happens);
}

/** Replaces the picture; the file of the one before is gone then. */
function replace(exchange: Exchange, picture: ProfilePicture | null): Response {
  const { viewer, world } = exchange;
  const answer = changed(exchange, { picture });
  if (viewer.picture) world.files.store.find(viewer.picture.file)?.drop();
  return answer;
}
