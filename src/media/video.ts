import type { InputAudioTrack, InputVideoTrack } from "mediabunny";
import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Video } from "../instagram/upload/files.ts";
import { InvalidInput, Problem } from "../problems/problem.ts";
import { Malformed } from "./boxes.ts";
import { audioType, videoType } from "./content-type.ts";
import { coverFrom } from "./cover.ts";
import type { Means } from "./create-media-tools.ts";
import { broken, checkRatio, unsupported } from "./faults.ts";
import { photoLimits } from "./limits.ts";
import type { VideoLimits, VideoRules } from "./media-tools.ts";
import { toPhoto } from "./photo.ts";
import { readTracks, type Tracks } from "./tracks.ts";
import { fragmentedSeconds, readVideoHeader, type VideoHeader } from "./video-header.ts";

/**
 * As MediaTools.video(). Nothing is encoded anew: Instagram does that to any video. (The reference
 * client encodes those of stories, to write their first mention into the picture.)
 */
export async function toVideo(
  means: Means,
  files: FileScope,
  file: SavedFile,
  rules: VideoRules,
  cover: SavedFile | null = null,
): Promise<Video> {
  const { width, height, seconds } = await checkVideo(file, rules);
  const known = { file, width, height, seconds, durationMs: Math.floor(seconds * 1000) };
  if (!rules.cover) return { ...known, cover: null };
  const coverField = rules.coverField ?? rules.field;
  const picture = cover
    ? toPhoto(means, files, cover, { field: coverField, ...photoLimits.cover })
    : coverFrom(means, files, file, { seconds, ratio: rules.cover.ratio, rules });
  return { ...known, cover: await picture };
}

/** Headers round, and recorders stop late: so much longer or shorter is still taken. */
const SLACK_SECONDS = 0.5;

export interface VideoFacts {
  /** In pixels, as it is shown. */
  width: number;
  height: number;
  /** As the header says, with all digits. */
  seconds: number;
}

/**
 * Reads what Instagram must know of a video, without decoding it. Throws UnsupportedMedia for other
 * files and other codecs, InvalidInput for a broken file and for what Instagram would refuse.
 */
export async function checkVideo(
  file: SavedFile,
  rules: Pick<VideoLimits, "ratio" | "duration"> & { field: string },
): Promise<VideoFacts> {
  const { field } = rules;
  await videoType(file, field);
  return readFile(file, field, async (header, { video, audio }) => {
    if (!video) throw unsupported(field, "has no picture: it is a video without a video track");
    await checkVideoCodec(video, field);
    if (audio) await checkAudioCodec(audio, field);
    const size = { width: await video.getDisplayWidth(), height: await video.getDisplayHeight() };
    if (!size.width || !size.height)
      throw new Malformed("it does not say how large its picture is");
    checkRatio(field, size, rules.ratio);
    const seconds = await secondsOf(file, header, video);
    checkDuration(field, seconds, rules.duration);
    return { ...size, seconds };
  });
}

/** The length of a voice message in seconds. Throws as checkVideo(). */
export async function checkVoice(file: SavedFile, field: string): Promise<number> {
  await audioType(file, field);
  return readFile(file, field, async (header, { video, audio }) => {
    if (video)
      throw unsupported(field, "is a video: AAC in MP4 (.m4a) is taken as a voice message");
    if (!audio) throw unsupported(field, "has no sound: AAC in MP4 (.m4a) is taken");
    await checkAudioCodec(audio, field);
    return secondsOf(file, header, audio);
  });
}

async function readFile<T>(
  file: SavedFile,
  field: string,
  read: (header: VideoHeader, tracks: Tracks) => Promise<T>,
): Promise<T> {
  try {
    const header = await readVideoHeader(file);
    return await readTracks(header.bytes, (tracks) => read(header, tracks));
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof Malformed) throw broken(field, error.message);
    // The library and the views throw where a part is shorter than it says, or says what cannot be.
    throw broken(field, "the description of its tracks (moov) cannot be read");
  }
}

async function checkVideoCodec(track: InputVideoTrack, field: string): Promise<void> {
  const codec = await track.getCodec();
  if (codec === "avc" || codec === "hevc") return;
  throw unsupported(
    field,
    `has pictures coded as ${await codecName(track)}: H.264 and HEVC are taken, with AAC sound or none`,
  );
}

async function checkAudioCodec(track: InputAudioTrack, field: string): Promise<void> {
  if ((await track.getCodec()) === "aac") return;
  throw unsupported(field, `has sound coded as ${await codecName(track)}: AAC is taken`);
}

async function codecName(track: InputVideoTrack | InputAudioTrack): Promise<string> {
  const own = (await track.getCodec()) ?? (await track.getInternalCodecId());
  return typeof own === "string" && /^[\w .-]{1,20}$/.test(own) ? own : "something unknown";
}

async function secondsOf(
  file: SavedFile,
  header: VideoHeader,
  track: InputVideoTrack | InputAudioTrack,
): Promise<number> {
  const known = { id: track.id, unitsASecond: await track.getTimeResolution() };
  const seconds = header.seconds ?? (await fragmentedSeconds(file, header, known));
  if (seconds === null || !Number.isFinite(seconds))
    throw new Malformed("it does not say how long it is");
  return seconds;
}

function checkDuration(
  field: string,
  seconds: number,
  [shortest, longest]: readonly [number, number],
): void {
  if (seconds >= shortest - SLACK_SECONDS && seconds <= longest + SLACK_SECONDS) return;
  throw new InvalidInput(
    field,
    `is ${Math.round(seconds * 10) / 10} seconds long: it must be from ${shortest} to ${longest} seconds`,
  );
}
