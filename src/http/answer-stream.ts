/** How long a reader may take nothing before its answer is broken off, in milliseconds. */
const STALL_MS = 60_000;
/** The longest that an answer may take, in milliseconds: a server may send a byte now and then for ever. */
const WHOLE_MS = 60 * 60_000;

/**
 * Sockets give up to 512 KB at once. In one piece, most of it would be copied again while it waits for the
 * reader.
 */
const PIECE_BYTES = 256 * 1024;

/** Why a streamed answer did not come to its end. */
export type BrokenOff = { by: "caller" } | { by: "source"; error: unknown };

/**
 * The body of an answer that is sent as it is read: nothing is read ahead, so a slow reader slows the
 * source. A reader that hangs or leaves ends the source too. When the source fails, the connection is
 * broken off, so that nobody takes the part for the whole.
 */
export class AnswerStream {
  /** Resolves when nothing more is sent, whatever the reason. */
  readonly ended: Promise<void>;
  readonly body: ReadableStream<Uint8Array>;
  /** How many bytes were handed over so far. */
  bytes = 0;
  /** Null while all is well. */
  brokenOff: BrokenOff | null = null;

  constructor(source: ReadableStream<Uint8Array>, { stallMs = STALL_MS, wholeMs = WHOLE_MS } = {}) {
    const reader = source.getReader();
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = performance.now();
    let lastTaken = begun;
    let isReading = false;
    let rest: Uint8Array = new Uint8Array();
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;

    const end = (brokenOff: BrokenOff | null): void => {
      clearInterval(timer);
      this.brokenOff ??= brokenOff;
      resolve();
    };
    const send = (to: ReadableStreamDefaultController<Uint8Array>): void => {
      const piece = rest.subarray(0, PIECE_BYTES);
      rest = rest.subarray(piece.byteLength);
      this.bytes += piece.byteLength;
      lastTaken = performance.now();
      to.enqueue(piece);
    };
    const breakOff = (brokenOff: BrokenOff): void => {
      end(brokenOff);
      // Bun writes any other reason to the log, with lines of the source code.
      controller?.error();
      reader.cancel().catch(() => {});
    };
    const timer = setInterval(() => {
      const now = performance.now();
      if ((!isReading && now - lastTaken > stallMs) || now - begun > wholeMs)
        breakOff({ by: "caller" });
    }, stallMs / 4);
    timer.unref();

    this.ended = promise;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (own) => {
          controller = own;
        },
        pull: async (own) => {
          if (rest.byteLength > 0) return send(own);
          isReading = true;
          try {
            const { done, value } = await reader.read();
            if (this.brokenOff) return;
            if (done) {
              end(null);
              own.close();
              return;
            }
            rest = value;
            send(own);
          } catch (error) {
            if (!this.brokenOff) breakOff({ by: "source", error });
          } finally {
            isReading = false;
            lastTaken = performance.now();
          }
        },
        cancel: (reason) => {
          end({ by: "caller" });
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }
}
