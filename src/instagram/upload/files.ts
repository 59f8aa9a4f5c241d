/** The bytes of a file, wherever they are kept. They can be read again. */
export interface FileBytes {
  readonly length: number;
  /**
   * All bytes from `start`, 0 unless given. `passed` is told the position in the file behind each
   * piece that is taken.
   */
  stream(start?: number, passed?: (upTo: number) => void): ReadableStream<Uint8Array>;
}

/** A JPEG as Instagram takes it. */
export interface Photo {
  readonly file: FileBytes;
  /** Of the photo as the caller sent it, upright, in pixels. The JPEG may be smaller. */
  readonly width: number;
  readonly height: number;
  /** Content type of the file that it was made of, such as `image/png`. Instagram is told. */
  readonly madeOf: string;
}

/** A video as Instagram takes it. */
export interface Video {
  readonly file: FileBytes;
  /** In pixels, as it is shown. */
  readonly width: number;
  readonly height: number;
  /** How long it is as its header says, with all digits: some requests tell it so. */
  readonly seconds: number;
  /** The same in whole milliseconds, rounded down. */
  readonly durationMs: number;
  /** Null for kinds of videos that need none. */
  readonly cover: Photo | null;
}

/** A voice message as Instagram takes it. */
export interface Audio {
  readonly file: FileBytes;
  /** Its content type, such as `audio/mp4`. */
  readonly type: string;
  readonly durationMs: number;
}
