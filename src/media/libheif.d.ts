/* The parts of libheif's C functions that are used. Errors are returned where the first argument points. */
declare module "libheif-js/wasm-bundle.js" {
  export interface HeifModule {
    HEAPU8: Uint8Array;
    HEAP32: Int32Array;
    HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _free(at: number): void;
    _heif_context_alloc(): number;
    _heif_context_read_from_memory_without_copy(
      result: number,
      context: number,
      at: number,
      bytes: number,
      options: number,
    ): void;
    _heif_context_get_primary_image_handle(result: number, context: number, out: number): void;
    _heif_image_handle_get_image_tiling(
      result: number,
      handle: number,
      transformed: number,
      out: number,
    ): void;
    _heif_image_handle_decode_image_tile(
      result: number,
      handle: number,
      out: number,
      colourSpace: number,
      chroma: number,
      options: number,
      column: number,
      row: number,
    ): void;
    _heif_image_get_plane_readonly(image: number, channel: number, outStride: number): number;
    _heif_image_get_width(image: number, channel: number): number;
    _heif_image_get_height(image: number, channel: number): number;
    _heif_image_release(image: number): void;
    _heif_image_handle_get_raw_color_profile_size(handle: number): number;
    _heif_image_handle_get_raw_color_profile(result: number, handle: number, at: number): void;
  }
  const libheif: HeifModule;
  export default libheif;
}
