import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Audio, Photo, Video } from "../instagram/upload/files.ts";

/** What a photo must be. */
export interface PhotoRules {
  /** The form field, for messages. */
  field: string;
  /** Width divided by height, the smallest and the largest that Instagram takes. */
  ratio: readonly [smallest: number, largest: number];
  /** The longest side of the JPEG, in pixels: a larger photo is made smaller. */
  maxSide: number;
}

/** What a video must be. */
export interface VideoRules {
  field: string;
  ratio: readonly [smallest: number, largest: number];
  /** In seconds. */
  duration: readonly [shortest: number, longest: number];
  /** Whether it is sent with a picture: the caller's, or one taken from it. */
  needsCover: boolean;
}

/**
 * Checks and converts the files that callers send, before anything is sent to Instagram. Each throws
 * UnsupportedMedia (415) for other types of files, and InvalidInput (422) for a broken file or one
 * that Instagram would refuse. What they make is saved in `files`.
 */
export interface MediaTools {
  /** A JPEG of the photo, upright, in sRGB and without metadata. */
  photo(files: FileScope, file: SavedFile, rules: PhotoRules): Promise<Photo>;
  /** The video as it is. `cover` is the caller's picture for it; null if there is none. */
  video(
    files: FileScope,
    file: SavedFile,
    rules: VideoRules,
    cover?: { file: SavedFile; field: string } | null,
  ): Promise<Video>;
  /** A video that shows the photo. */
  photoAsVideo(files: FileScope, file: SavedFile, rules: PhotoRules): Promise<Video>;
  /** A voice message. */
  audio(files: FileScope, file: SavedFile, field: string): Promise<Audio>;
  /** Whether the content is a photo or a video. */
  kindOf(file: SavedFile, field: string): Promise<"photo" | "video">;
}
