/** A caller's file in the spool, readable until its scope is closed. Several readers may read at once. */
export interface SavedFile {
  /** As the caller named it; empty if it has no name. */
  readonly name: string;
  /** The content type that the caller claims; empty if it claims none. */
  readonly type: string;
  /** In bytes. */
  readonly length: number;
  /** The open file. Programs that this process starts can inherit it. */
  readonly fd: number;
  /** SHA-256 of the content, as hex. Where it was not computed on the way, the file is read once. */
  sha256(): Promise<string>;
  /** The bytes from `start` up to `end`, fewer at the end of the file. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * All bytes from `start`, 0 unless given; its readers may bring their own buffers. `passed` is told
   * the position in the file behind each piece that is taken.
   */
  stream(start?: number, passed?: (upTo: number) => void): ReadableStream<Uint8Array>;
}

/** What is known of a file before its content. */
export interface FileDescription {
  name: string;
  type: string;
}
