/** Is told how an upload gets on. */
export interface UploadProgress {
  /** The upload begins to be sent, `totalBytes` of all its files together. */
  sending(totalBytes: number): void;
  /** So many more bytes have left. */
  sent(bytes: number): void;
  /** Instagram works on the video, and has answered that it has made no post yet. */
  transcoding(): void;
  /**
   * The next request may make the post. It is sent only when this has resolved: from then on a
   * restart must know that the post may exist. To be called before each such request. Throws where
   * the upload must not make anything any more.
   */
  publishing(): Promise<void>;
}

/** For uploads that nobody watches. */
export const unwatched: UploadProgress = {
  sending() {},
  sent() {},
  transcoding() {},
  async publishing() {},
};
