import { type Static, Type } from "@sinclair/typebox";

/** What a file shows. A story may be any, so null is a file whose kind only its name can tell. */
export type FileKind = "photo" | "video" | "sound" | null;

/** What is known of a file before it is fetched. */
export interface FileSource {
  url: URL;
  /** Its name without the ending; empty for the one in the URL. */
  name: string;
  kind: FileKind;
}

/** A file as the contract tells of it where nobody wants its bytes. */
export const FileReference = Type.Object(
  {
    url: Type.String({ format: "uri" }),
    content_type: Type.String(),
    filename: Type.String(),
    media_type: Type.Union([Type.Integer(), Type.Null()]),
  },
  { title: "FileReference" },
);
export type FileReference = Static<typeof FileReference>;

const TYPES: ReadonlyMap<string, string> = new Map([
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["png", "image/png"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["heic", "image/heic"],
  ["avif", "image/avif"],
  ["mp4", "video/mp4"],
  ["mov", "video/quicktime"],
  ["webm", "video/webm"],
  ["m4a", "audio/mp4"],
  ["mp3", "audio/mpeg"],
  ["aac", "audio/aac"],
  ["ogg", "audio/ogg"],
  ["wav", "audio/wav"],
]);

/** The first ending that stands for a content type. */
const ENDINGS: ReadonlyMap<string, string> = new Map(
  [...TYPES].reverse().map(([ending, type]) => [type, ending]),
);

const USUAL_TYPES = { photo: "image/jpeg", video: "video/mp4", sound: "audio/mp4" } as const;
const UNKNOWN_TYPE = "application/octet-stream";
const MEDIA_TYPES: Readonly<Record<string, number>> = { image: 1, video: 2 };

/** What a file is said to be before anybody has looked: by its name, otherwise by its kind. */
export function referenceTo(source: FileSource): FileReference {
  const type = TYPES.get(endingIn(source.url)) ?? USUAL_TYPES[source.kind ?? "photo"];
  const own = source.kind === "sound" ? type.replace(/^video/, "audio") : type;
  return {
    url: source.url.href,
    content_type: own,
    filename: fileName(source, own),
    media_type: MEDIA_TYPES[own.slice(0, own.indexOf("/"))] ?? null,
  };
}

/**
 * The content type of a file: `seen` in its first bytes, otherwise what its server says if that is a
 * photo, video or sound, otherwise by its name and kind.
 */
export function contentTypeOf(
  { url, kind }: FileSource,
  seen: string | null,
  said: string | null,
): string {
  const claimed = said?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const type =
    seen ??
    (ENDINGS.has(claimed) ? claimed : null) ??
    TYPES.get(endingIn(url)) ??
    (kind === null ? UNKNOWN_TYPE : USUAL_TYPES[kind]);
  // The container of sounds is that of videos.
  return kind === "sound" ? type.replace(/^video\/mp4/, "audio/mp4") : type;
}

/** The name under which a caller saves a file, with its ending: that of the URL, or that of its type. */
export function fileName({ url, name }: FileSource, type: string): string {
  const ending = endingIn(url) || (ENDINGS.get(type) ?? "");
  const base = safeName(name) || safeName(lastPartOf(url)) || "download";
  return ending === "" || base.toLowerCase().endsWith(`.${ending}`) ? base : `${base}.${ending}`;
}

/** The last part of a URL's path, decoded; empty if it has none. */
export function lastPartOf({ pathname }: URL): string {
  const last = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** The ending of a URL's file name in lower case, without the dot; empty if it has none. */
export function endingIn(url: URL): string {
  return /\.([a-z0-9]{1,5})$/i.exec(lastPartOf(url))?.[1]?.toLowerCase() ?? "";
}

/** File systems take some 255 bytes, and a character has up to four. */
const MAX_NAME = 60;

/**
 * A name that is no path and hides nothing: without folders, control characters, marks that turn the
 * direction of writing (with which `gpj.exe` looks like `exe.jpg`), halves of characters, and dots or
 * blanks at its ends. Any language stays as it is.
 */
export function safeName(text: string): string {
  const last = text.split(/[/\\]/).findLast((part) => part.trim() !== "") ?? "";
  const visible = last
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff\ufffd]/gu, "")
    .replaceAll(/[<>:"|?*]/g, "_");
  const characters = [...visible.replace(/^[.\s]+/, "")].slice(0, MAX_NAME);
  while (/^[.\s]$/.test(characters.at(-1) ?? "")) characters.pop();
  return characters.join("");
}
