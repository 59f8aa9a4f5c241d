import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Audio, Photo, Video } from "../instagram/upload/files.ts";

/** What Instagram takes as a photo of one kind: photo-limits.ts has them. */
export interface PhotoLimits {
  /** Width divided by height, the smallest and the largest that it takes. */
  ratio: readonly [smallest: number, largest: number];
  /** The largest JPEG, in pixels: a larger photo is made smaller. */
  largest: { readonly width: number; readonly height: number };
}

/** What Instagram takes as a video of one kind: video-limits.ts has them. */
export interface VideoLimits {
  ratio: readonly [smallest: number, largest: number];
  /** In seconds. */
  duration: readonly [shortest: number, longest: number];
  /**
   * The picture that is sent with it, if there is one. One that is taken from the video is cut to
   * `ratio` (width divided by height) where the video is wider; null leaves it whole.
   */
  cover: { readonly ratio: number | null } | null;
}

/** A caller's photo and what it must be. `field` is the form field it came in, for messages. */
export interface PhotoRules extends PhotoLimits {
  field: string;
}

export interface VideoRules extends VideoLimits {
  field: string;
  /** The form field in which callers can send the cover; null if the operation has none. */
  coverField: string | null;
}

/**
 * Checks and converts the files that callers send, before anything is sent to Instagram. Each throws
 * UnsupportedMedia (415) for other types of files, and InvalidInput (422) for a broken file or one
 * that Instagram would refuse. What they make is saved in `files`.
 */
export interface MediaTools {
  /** A JPEG of the photo, upright, in sRGB and without metadata. */
  photo(files: FileScope, file: SavedFile, rules: PhotoRules): Promise<Photo>;
  /** The video as it is, with the caller's cover, or one taken from it, if its kind has covers. */
  video(
    files: FileScope,
    file: SavedFile,
    rules: VideoRules,
    cover?: SavedFile | null,
  ): Promise<Video>;
  /** A video that shows the photo for 15 seconds. */
  photoAsVideo(files: FileScope, file: SavedFile, rules: PhotoRules): Promise<Video>;
  /** A voice message. */
  audio(file: SavedFile, field: string): Promise<Audio>;
  /** Whether the content is a photo or a video. */
  kindOf(file: SavedFile, field: string): Promise<"photo" | "video">;
}
