import type { TObject } from "@sinclair/typebox";
import { maxFileBytes } from "../../src/http/file-field.ts";
import { recordedFile } from "./wire/trace.ts";

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
