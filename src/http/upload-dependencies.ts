import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { MediaTools } from "../media/media-tools.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";

/** What the routes of uploads use. */
export interface UploadDependencies {
  media: MediaTools;
  /**
   * Saves the file at a caller's URL, fetched through the session's proxy if it has one. Throws
   * GatewayProblem: UrlNotAllowed, PayloadTooLarge, and InvalidInput where there is no such file.
   */
  fetchFile(
    session: SessionInUse,
    files: FileScope,
    url: string,
    limit: { field: string; maxBytes: number },
  ): Promise<SavedFile>;
}
