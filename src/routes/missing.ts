import { type Method, type Route, unlisted, withKey } from "../http/route.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** An operation of the contract that still answers 501. */
export interface MissingRoute extends Route {
  tag: string;
}

/**
 * The operations of the contract that are not implemented yet, by tag: operation id, method, path,
 * aliases. When you add an operation, remove its line.
 */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  "Album (Carousel)": [
    "getAlbumDownload GET /album/download",
    "getAlbumDownloadByUrls GET /album/download/by/urls",
  ],
  "Clip (Reels)": [
    "getClipDownload GET /clip/download",
    "getClipDownloadByUrl GET /clip/download/by/url",
  ],
  "IGTV (Legacy)": [
    "getIgtvDownload GET /igtv/download",
    "getIgtvDownloadByUrl GET /igtv/download/by/url",
  ],
  Photo: [
    "getPhotoDownload GET /photo/download",
    "getPhotoDownloadByUrl GET /photo/download/by/url",
  ],
  Story: [
    "getStoryDownload GET /story/download",
    "getStoryDownloadByUrl GET /story/download/by/url",
  ],
  "Track (Music)": ["getTrackDownloadByUrl GET /track/download/by/url"],
  Video: [
    "getVideoDownload GET /video/download",
    "getVideoDownloadByUrl GET /video/download/by/url",
  ],
};

/**
 * Routes that answer 501 `NotImplemented` for the missing operations. They already need the key and
 * scope of the operation. They are not in the OpenAPI document, so generated clients lack them.
 */
export const missingRoutes: readonly MissingRoute[] = Object.entries(MISSING).flatMap(
  ([tag, lines]) =>
    lines.map((line) => {
      const [operationId = "", method = "", path = "", ...aliases] = line.split(" ");
      const access = withKey(method === "GET" ? "read" : "write");
      const route = unlisted(method as Method, path, { operationId, access, aliases }, () => {
        throw new GatewayProblem("NotImplemented", `${operationId} is not implemented yet`);
      });
      return { ...route, tag };
    }),
);
