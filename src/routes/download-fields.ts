import { Type } from "@sinclair/typebox";

/* Fields and answers that all downloads share. */

export const folder = Type.Optional(
  Type.String({
    default: "",
    description: "Accepted for existing clients, without effect: nothing is saved on the server.",
  }),
);
export const filename = Type.Optional(
  Type.String({
    default: "",
    description:
      "Name of the download, without its ending; empty for the one in the URL. Folders in it are left out.",
  }),
);
export const returnFile = Type.Optional(
  Type.Boolean({
    default: true,
    description: "`false` answers what and where the file is, in JSON, instead of its bytes.",
  }),
);

export const fileUrl = (example: string) =>
  Type.String({
    minLength: 1,
    description:
      "URL of a file of Instagram's, as answers have it. It expires some days after the answer.",
    examples: [example],
  });

/** Start of the URLs of the sandbox's files. */
const FILES = "https://scontent.cdninstagram.com";
export const PHOTO_URL = `${FILES}/v/t51.2885-15/3753137810898115167_1080x1350_n.jpg`;
export const VIDEO_URL = `${FILES}/o1/v/t16/f1/m86/3755350675776297567_1080x1920.mp4`;
export const SOUND_URL = `${FILES}/o1/v/t16/f1/m86/587331875200000001_0x0.mp4`;

export const PHOTO_TYPES = ["image/jpeg", "image/webp", "image/heic", "image/png"] as const;
export const VIDEO_TYPES = ["video/mp4"] as const;
export const SOUND_TYPES = ["audio/mp4", "audio/mpeg"] as const;

/** Problems of every download. */
export const DOWNLOAD_ERRORS = ["MediaNotFound", "UrlNotAllowed", "UrlUnreachable"] as const;

/** And of those that answer parts of a file. */
export const FILE_ERRORS = [...DOWNLOAD_ERRORS, "RangeNotSatisfiable"] as const;
