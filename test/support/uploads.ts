import type { TObject } from "@sinclair/typebox";
import { createEmulator } from "../../src/emulator/index.ts";
import { maxFileBytes } from "../../src/http/file-field.ts";
import { FakeInstagram, testEmulatorClock } from "./fake-instagram.ts";
import { recordedFile } from "./wire/trace.ts";

/** Whether an operation takes files. */
export const takesFiles = ({ body }: { body: TObject | null }): boolean =>
  Object.values(body?.properties ?? {}).some((schema) => maxFileBytes(schema) !== null);

/**
 * Files for the file fields of an operation, as a person would choose them. A cover is among them:
 * without ffmpeg none can be taken from a video.
 */
export function filesFor(operationId: string, body: TObject | null): [field: string, file: File][] {
  const required = new Set(body?.required ?? []);
  return Object.entries(body?.properties ?? {}).flatMap(([field, schema]) => {
    if (maxFileBytes(schema) === null) return [];
    if (field === "thumbnail") return [[field, recordedFile("thumb.jpg")]];
    if (!required.has(field)) return [];
    const names = schema.type === "array" ? ["photo.jpg", "photo2.jpg"] : [fileOf(operationId)];
    return names.map((name): [string, File] => [field, recordedFile(name)]);
  });
}

function fileOf(operationId: string): string {
  if (operationId.includes("Voice")) return "voice.m4a";
  return /Video|Clip|Igtv/.test(operationId) ? "video.mp4" : "photo.jpg";
}

/** A sandbox's time, which passes at once where the service waits: a video is then converted. */
export class HurriedTime {
  /** How long the service has waited each time, in milliseconds. */
  readonly pauses: number[] = [];
  /** Is done in each pause. */
  whilePausing: () => Promise<void> = async () => {};
  #ahead = 0;

  readonly options = {
    instagram: new FakeInstagram(createEmulator({ now: () => testEmulatorClock() + this.#ahead })),
    sleep: async (milliseconds: number): Promise<void> => {
      this.pauses.push(milliseconds);
      this.#ahead += Math.ceil(milliseconds);
      await this.whilePausing();
    },
  };
}
