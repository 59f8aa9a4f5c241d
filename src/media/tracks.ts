import type { Input, InputAudioTrack, InputVideoTrack } from "mediabunny";

/** The tracks that are played, as the library describes them. */
export interface Tracks {
  video: InputVideoTrack | null;
  audio: InputAudioTrack | null;
}

/**
 * Reads what the header of an MP4 or MOV file tells of its tracks. The library gets no more than that,
 * so that it never reads the tables of a file made to keep it busy. Throws what the library throws.
 */
export async function readTracks<T>(
  header: Uint8Array<ArrayBuffer>,
  use: (tracks: Tracks) => Promise<T>,
): Promise<T> {
  const { BufferSource, Input, Logging, LogLevel, MP4, QTFF } = await import("mediabunny");
  Logging.level = LogLevel.Silent;
  const input: Input = new Input({ source: new BufferSource(header), formats: [MP4, QTFF] });
  try {
    const [video = null] = await input.getVideoTracks();
    const [audio = null] = await input.getAudioTracks();
    return await use({ video, audio });
  } finally {
    input.dispose();
  }
}
