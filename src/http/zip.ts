import { makeZip } from "client-zip";

/** A file of a ZIP, opened. */
export interface ZipEntry {
  name: string;
  bytes: ReadableStream<Uint8Array>;
  /** What its server says of it. */
  headers: Headers;
}

/**
 * A ZIP of files, stored as they are, which is made as it is read. `openAt` opens the files after the
 * first, each when the one before has been read; null ends the list. When one fails the ZIP fails, and
 * lacks the directory at its end: no program takes it for whole.
 */
export function zipOf(
  first: ZipEntry | null,
  openAt: (at: number) => Promise<ZipEntry | null>,
): ReadableStream<Uint8Array> {
  let current: Pick<ReadableStreamDefaultReader, "cancel"> | null = first?.bytes ?? null;

  async function* entries() {
    let entry = first;
    for (let at = 1; entry; at++) {
      const { name, bytes, headers } = entry;
      const reader = bytes.getReader();
      current = reader;
      try {
        yield { name, input: bytesOf(reader), lastModified: dateOf(headers) };
      } finally {
        // Where nobody wants it any more: it may have been opened after that was said.
        await reader.cancel().catch(() => {});
      }
      entry = await openAt(at);
    }
  }

  const zip = makeZip(entries()).getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await zip.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        // What writes the ZIP may be waiting for the file, and hears of nothing before that has ended.
        await current?.cancel(reason).catch(() => {});
        zip.cancel(reason).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

async function* bytesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

/** When the file was made, where its server tells; else now. */
function dateOf(headers: Headers): Date {
  const date = new Date(headers.get("last-modified") ?? Number.NaN);
  return Number.isNaN(date.getTime()) || date.getFullYear() < 1980 ? new Date() : date;
}
