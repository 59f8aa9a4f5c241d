import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  type Rotation,
} from "mediabunny";
import sharp, { type Metadata } from "sharp";
import { avcConfiguration, type Colour, keyFrame, repeatedFrame } from "./media/h264.ts";

/* Photos, videos and voice messages for tests, made by code. The same arguments make the same bytes. */

type Bytes = Uint8Array<ArrayBuffer>;

export interface PhotoOptions {
  format?: "jpeg" | "png" | "webp" | "avif" | "gif";
  /** Any CSS colour. */
  colour?: string;
  /** As cameras note it: 6 is shown turned right by 90 degrees. */
  orientation?: number;
  /** Whether the file says where and with what it was taken, as files of cameras do. */
  withMetadata?: boolean;
  /** JPEG and PNG: in several passes, from coarse to fine. */
  progressive?: boolean;
}

/** A photo of one colour with a lighter corner at the top left. */
export async function photo(
  width: number,
  height: number,
  options: PhotoOptions = {},
): Promise<Bytes> {
  const { format = "jpeg", colour = "teal", orientation, withMetadata = false } = options;
  const corner = {
    width: Math.ceil(width / 4),
    height: Math.ceil(height / 4),
    channels: 3 as const,
  };
  const base = sharp({ create: { width, height, channels: 3, background: colour } }).composite([
    { input: { create: { ...corner, background: "white" } }, gravity: "northwest" },
  ]);
  const image = orientation === undefined ? base : base.withMetadata({ orientation });
  if (withMetadata) image.withExifMerge(CAMERA);
  const { progressive = false } = options;
  return new Uint8Array(
    await image
      .toFormat(format, format === "jpeg" || format === "png" ? { progressive } : {})
      .toBuffer(),
  );
}

const CAMERA = {
  IFD0: { Make: "Example", Model: "Pocket camera", Copyright: "Somebody" },
  IFD3: {
    GPSLatitudeRef: "N",
    GPSLatitude: "52/1 30/1 0/1",
    GPSLongitudeRef: "E",
    GPSLongitude: "13/1 22/1 0/1",
  },
};

/** What a photo says of itself. */
export const photoMetadata = (bytes: Uint8Array): Promise<Metadata> => sharp(bytes).metadata();

export interface VideoOptions {
  width?: number;
  height?: number;
  seconds?: number;
  framesPerSecond?: number;
  /** Whether there is sound, which is silence. */
  sound?: boolean;
  /** How the picture is turned when it is shown: degrees to the right. */
  rotation?: Rotation;
  container?: "mp4" | "mov";
  /** Where the description of the tracks stands: before them, after them, or in pieces between them. */
  layout?: "description first" | "description last" | "fragmented";
  /** Makes the file this long, in bytes, by what no player reads. */
  length?: number;
}

/** A playable video (H.264, AAC), 720 × 1280 and 4 seconds unless asked otherwise. Each second has a colour of its own: colourOfSecond(). */
export async function mp4(options: VideoOptions = {}): Promise<Bytes> {
  const { width = 720, height = 1280, seconds = 4, framesPerSecond = 10, sound = true } = options;
  const output = newOutput(options);
  const video = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(video, { rotation: options.rotation ?? 0, frameRate: framesPerSecond });
  const audio = sound ? addSilence(output) : null;
  await output.start();
  const picture = { width, height };
  const decoderConfig = {
    codec: "avc1.42c028",
    codedWidth: width,
    codedHeight: height,
    description: avcConfiguration(picture),
  };
  const frames = Math.round(seconds * framesPerSecond);
  for (let frame = 0; frame < frames; frame++) {
    const second = Math.floor(frame / framesPerSecond);
    const distance = frame % framesPerSecond;
    const bytes =
      distance === 0
        ? keyFrame(picture, colourOfSecond(second), second)
        : repeatedFrame(picture, distance);
    const packet = new EncodedPacket(
      bytes,
      distance === 0 ? "key" : "delta",
      frame / framesPerSecond,
      1 / framesPerSecond,
    );
    await video.add(packet, { decoderConfig });
  }
  if (audio) await writeSilence(audio, seconds);
  return padded(await finished(output), options.length);
}

/** What the frames of that second of mp4() show. */
export const colourOfSecond = (second: number): Colour => [60 + ((second * 25) % 150), 90, 160];

/** A voice message: AAC in MP4, silent, as long as asked. */
export async function m4a(seconds = 2): Promise<Bytes> {
  const output = newOutput({});
  const audio = addSilence(output);
  await output.start();
  await writeSilence(audio, seconds);
  const bytes = await finished(output);
  bytes.set(Buffer.from("M4A "), 8);
  return bytes;
}

const SAMPLE_RATE = 44_100;
const SAMPLES_A_PACKET = 1024;
/** A packet of silence, AAC-LC, mono. */
const SILENCE = new Uint8Array([0x01, 0x18, 0x20, 0x07]);
/** AAC-LC, 44.1 kHz, mono. */
const AUDIO_CONFIGURATION = new Uint8Array([0x12, 0x08]);

function addSilence(output: Output): EncodedAudioPacketSource {
  const source = new EncodedAudioPacketSource("aac");
  output.addAudioTrack(source);
  return source;
}

async function writeSilence(source: EncodedAudioPacketSource, seconds: number): Promise<void> {
  const decoderConfig = {
    codec: "mp4a.40.2",
    numberOfChannels: 1,
    sampleRate: SAMPLE_RATE,
    description: AUDIO_CONFIGURATION,
  };
  const duration = SAMPLES_A_PACKET / SAMPLE_RATE;
  for (let at = 0; at + duration <= seconds + 1e-9; at += duration)
    await source.add(new EncodedPacket(SILENCE, "key", at, duration), { decoderConfig });
}

function newOutput({ container = "mp4", layout = "description first" }: VideoOptions): Output {
  const fastStart = (
    {
      "description first": "in-memory",
      "description last": false,
      fragmented: "fragmented",
    } as const
  )[layout];
  const format =
    container === "mp4" ? new Mp4OutputFormat({ fastStart }) : new MovOutputFormat({ fastStart });
  return new Output({ format, target: new BufferTarget() });
}

async function finished(output: Output): Promise<Bytes> {
  await output.finalize();
  const { target } = output;
  if (!(target instanceof BufferTarget) || !target.buffer) throw new Error("nothing was written");
  return withoutTimes(new Uint8Array(target.buffer));
}

/** Without the times at which its parts were made, so that the same call makes the same file. */
function withoutTimes(bytes: Bytes): Bytes {
  const buffer = Buffer.from(bytes.buffer);
  for (const box of ["mvhd", "tkhd", "mdhd"])
    for (let at = buffer.indexOf(box); at !== -1; at = buffer.indexOf(box, at + 1))
      buffer.fill(0, at + 8, at + (buffer[at + 4] === 1 ? 24 : 16));
  return bytes;
}

/** The same file with an empty box at its end, up to `length` bytes. */
function padded(bytes: Bytes, length = bytes.length): Bytes {
  const rest = length - bytes.length;
  if (rest < 8) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  new DataView(longer.buffer).setUint32(bytes.length, rest);
  longer.set(Buffer.from("free"), bytes.length + 4);
  return longer;
}
