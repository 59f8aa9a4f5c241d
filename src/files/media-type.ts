/** How many bytes of a file mediaTypeIn() needs. */
export const HEAD_BYTES = 32;

/**
 * The content type of a photo, video or sound, by its first bytes; null if it is none that is known
 * here. What servers and callers say of a file is not believed.
 */
export function mediaTypeIn(head: Uint8Array): string | null {
  const start = Buffer.from(head.subarray(0, HEAD_BYTES));
  const hex = start.toString("hex");
  const known = SIGNATURES.find(([signature]) => signature.test(hex));
  if (known) return known[1];
  // ISO media files (MP4, HEIC and others) begin with a box: its length, then its kind, then the brand.
  if (start.toString("latin1", 4, 8) !== "ftyp" || start.length < 12) return null;
  const brand = start.toString("latin1", 8, 12);
  // An image file whose main brand leaves open how it is coded.
  if (brand === "mif1" && start.includes("avif")) return "image/avif";
  return BRANDS.get(brand) ?? "video/mp4";
}

/** Over hexadecimal digits, two a byte. */
const SIGNATURES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^ffd8ff/, "image/jpeg"],
  [/^89504e470d0a1a0a/, "image/png"],
  [/^47494638(?:37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^52494646.{8}57415645/, "audio/wav"],
  [/^52494646.{8}41564920/, "video/x-msvideo"],
  [/^1a45dfa3/, "video/webm"],
  [/^4f676753/, "audio/ogg"],
  [/^(?:494433|fff[b32])/, "audio/mpeg"],
  [/^fff[19]/, "audio/aac"],
  // Boxes that QuickTime files begin with: moov, mdat, wide, free, skip.
  [/^.{8}(?:6d6f6f76|6d646174|77696465|66726565|736b6970)/, "video/quicktime"],
];

const BRANDS: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["avis", "image/avif"],
  ...["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].map(
    (brand) => [brand, "image/heic"] as const,
  ),
  ["M4A ", "audio/mp4"],
  ["M4B ", "audio/mp4"],
  ["qt  ", "video/quicktime"],
]);
