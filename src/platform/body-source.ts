/** The pieces in which a body is read. */
const PIECE_BYTES = 256 * 1024;

/**
 * Reads the stream of a request's body. Where the stream takes buffers (as those of files do), two of
 * them serve the whole body: it costs no memory, however long it is.
 */
export class BodySource {
  readonly #intoBuffers: ReadableStreamBYOBReader | null = null;
  readonly #pieces: ReadableStreamDefaultReader<Uint8Array> | null = null;
  readonly #buffers: ArrayBuffer[] = [];

  constructor(bytes: ReadableStream<Uint8Array>) {
    const reader = readerInto(bytes);
    if (reader) this.#intoBuffers = reader;
    else this.#pieces = bytes.getReader();
  }

  /** The next piece; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#pieces) return (await this.#pieces.read()).value ?? null;
    const buffer = this.#buffers.pop() ?? new ArrayBuffer(PIECE_BYTES);
    const read = await this.#intoBuffers?.read(new Uint8Array(buffer));
    return read?.done === false ? read.value : null;
  }

  /** The piece is not needed any more: its buffer may be filled again. */
  giveBack({ buffer }: Uint8Array): void {
    if (this.#intoBuffers && buffer instanceof ArrayBuffer && buffer.byteLength === PIECE_BYTES)
      this.#buffers.push(buffer);
  }

  cancel(): void {
    (this.#intoBuffers ?? this.#pieces)?.cancel().catch(() => {});
  }
}

/** Null for a stream that brings buffers of its own. */
function readerInto(bytes: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return bytes.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError && !bytes.locked) return null;
    throw error;
  }
}
