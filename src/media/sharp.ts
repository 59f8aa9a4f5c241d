import type sharpModule from "sharp";

type SharpFactory = typeof sharpModule;

let loading: Promise<SharpFactory> | null = null;

/** The library for images, loaded by the first that needs it: it takes 30 MB. */
export function loadSharp(): Promise<SharpFactory> {
  loading ??= load();
  return loading;
}

async function load(): Promise<SharpFactory> {
  const { default: sharp } = await import("sharp");
  // Each photo is seen once; several are converted at a time.
  sharp.cache(false);
  sharp.concurrency(1);
  // What callers send is read by these decoders alone.
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: LOADERS });
  return sharp;
}

const LOADERS = [
  "VipsForeignLoadJpegBuffer",
  "VipsForeignLoadPngBuffer",
  "VipsForeignLoadWebpBuffer",
  "VipsForeignLoadHeifBuffer",
  "VipsForeignLoadNsgifBuffer",
  "VipsForeignLoadTiffBuffer",
];
