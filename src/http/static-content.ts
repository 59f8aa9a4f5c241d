import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/**
 * A text that is made anew each time, for who asks: in gzip where that is understood, which costs
 * little and saves most.
 */
export async function compressed(
  request: Request,
  text: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const accepted = request.headers.get("accept-encoding") ?? "";
  const varied = { ...headers, Vary: "Accept-Encoding" };
  if (!isAccepted("gzip", accepted)) return new Response(text, { headers: varied });
  const bytes = await promisify(gzip)(text, { level: 1 });
  return new Response(new Uint8Array(bytes), {
    headers: { ...varied, "Content-Encoding": "gzip" },
  });
}

/** What is served as it is: read and compressed once, then sent from memory. */
export class StaticContent {
  readonly #tag: string;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #compressed = new Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>();

  constructor(
    content: string | Uint8Array<ArrayBuffer>,
    /** Of every answer: Content-Type, Cache-Control, …. */
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    this.#bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.#tag = createHash("sha256").update(this.#bytes).digest("base64url").slice(0, 22);
  }

  /** 304 to who has it already, otherwise the content, compressed where that is understood. */
  async answer(request: Request): Promise<Response> {
    const encoding = encodingFor(request.headers.get("accept-encoding") ?? "");
    // Bytes differ by encoding, so a strong tag does.
    const tag = `"${this.#tag}${encoding === null ? "" : `-${encoding}`}"`;
    const headers = { ...this.headers, ETag: tag, Vary: "Accept-Encoding" };
    if (matches(request.headers.get("if-none-match"), tag))
      return new Response(null, { status: 304, headers });
    if (encoding === null) return new Response(this.#bytes, { headers });
    return new Response(await this.#in(encoding), {
      headers: { ...headers, "Content-Encoding": encoding },
    });
  }

  #in(encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    let compressed = this.#compressed.get(encoding);
    if (compressed === undefined) {
      compressed = COMPRESS[encoding](this.#bytes);
      this.#compressed.set(encoding, compressed);
    }
    return compressed;
  }
}

/** Names as in Accept-Encoding, the better one first. Both run outside of the main thread. */
const COMPRESS = {
  br: async (bytes: Uint8Array) => {
    // The highest quality takes seconds for a megabyte and saves three percent more.
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    return new Uint8Array(await promisify(brotliCompress)(bytes, { params }));
  },
  gzip: async (bytes: Uint8Array) => new Uint8Array(await promisify(gzip)(bytes, { level: 9 })),
};

type Encoding = keyof typeof COMPRESS;

const ENCODINGS = Object.keys(COMPRESS) as Encoding[];

/** The best encoding that an Accept-Encoding takes. */
const encodingFor = (accepted: string): Encoding | null =>
  ENCODINGS.find((encoding) => isAccepted(encoding, accepted)) ?? null;

/** Whether an Accept-Encoding takes an encoding; one at `q=0` is refused. */
function isAccepted(encoding: Encoding, accepted: string): boolean {
  return accepted
    .toLowerCase()
    .split(",", 20)
    .map((entry) => entry.split(";", 2).map((part) => part.trim()))
    .some(([name, quality = ""]) => name === encoding && !REFUSED.has(quality));
}

const REFUSED = new Set(["q=0", "q=0.0", "q=0.00", "q=0.000"]);

function matches(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  const tags = ifNoneMatch.split(",", 20).map((entry) => entry.trim().replace(/^W\//, ""));
  return tags.includes(tag) || tags.includes("*");
}
