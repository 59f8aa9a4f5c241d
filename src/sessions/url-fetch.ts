import type { Client } from "../instagram/client.ts";
import { UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import type { Headers } from "../instagram/headers.ts";
import { isFileHost, openFile } from "../instagram/remote-files.ts";
import type { Elsewhere, UpstreamAnswer } from "../instagram/transport/request.ts";
import type { HostGuard } from "../net/host-guard.ts";
import { addressesFor, hostOf, isDowngrade, readUrl, UrlRefused } from "../net/url-rules.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/**
 * Where a file may be fetched from. `public`: any host of the public internet. `instagram`: only
 * Instagram's file hosts. Both also those that the operator lists.
 */
export type AllowedHosts = "public" | "instagram";

export interface FetchOptions {
  hosts: AllowedHosts;
  /** The headers to send to Instagram's hosts. */
  instagram: Headers;
  /** The headers to send to other hosts. */
  elsewhere: Headers;
}

/** A file that is being fetched. */
export interface RemoteFile {
  /** 200, 206 for a part of it, or 416 if there is no such part. */
  status: number;
  headers: globalThis.Headers;
  /** Fails with UpstreamUnreachable or CallerGone. Whoever does not read it to its end cancels it. */
  bytes: ReadableStream<Uint8Array>;
  /** Of the bytes; null if the server does not tell. */
  length: number | null;
  /** Where it was found after redirects. */
  url: URL;
}

/** There is no file at the URL. `status` is what its server answered. */
export class FileMissing extends Error {
  override readonly name = "FileMissing";

  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}

const MAX_REDIRECTS = 3;

/** The way to URLs that a tenant gives, or that Instagram gives with a post. */
export interface UrlFetch {
  /** Reads a URL in the form in which it is requested. Throws UrlRefused. */
  read(text: string, hosts: AllowedHosts): URL;
  /**
   * Begins to fetch what is at a URL that read() has returned. Throws UrlRefused, FileMissing,
   * GatewayProblem (UrlUnreachable), UpstreamRefused (RateLimitError), UpstreamUnreachable
   * (ProxyError, and any kind for Instagram's hosts), and CallerGone.
   */
  open(client: Client, url: URL, options: FetchOptions): Promise<RemoteFile>;
}

/**
 * Requests for Instagram's file hosts go as its other requests do: to the emulator, to Instagram, or to
 * the proxy, which resolves their names. Names of other hosts
 * are resolved here, once, and checked; then only the checked addresses are connected to, by the
 * session's proxy where it has one, since a proxy could resolve the name to something within its own
 * network. A redirect's target is checked like the URL itself.
 */
export function createUrlFetch(guard: HostGuard): UrlFetch {
  const read = (text: string, hosts: AllowedHosts): URL => {
    const url = readUrl(text);
    const host = hostOf(url);
    if (isFileHost(host)) {
      if (url.port !== "") throw new UrlRefused("Instagram's file hosts have no such port");
      // They serve the same files by both schemes.
      url.protocol = "https:";
    } else if (hosts === "instagram" && !guard.isListed(host))
      throw new UrlRefused(
        "The URL is not one of Instagram's files",
        "Use the URL of a photo, video or sound as this service answers it, on cdninstagram.com or fbcdn.net. The operator of this gateway can allow other hosts (URL_ALLOW_HOSTS).",
      );
    return url;
  };
  const serverOf = async (url: URL): Promise<Elsewhere | null> =>
    isFileHost(hostOf(url))
      ? null
      : { origin: url.origin, addresses: await addressesFor(url, guard) };
  return {
    read,
    async open(client, given, { hosts, instagram, elsewhere }) {
      let url = given;
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const server = await serverOf(url);
        const headers = { ...(server ? elsewhere : instagram) };
        const answer = await askFor(client, url, headers, server);
        if (answer.status < 300 || answer.status === 416) return fileIn(answer, url);
        const target = read(targetOf(answer, url), hosts);
        if (isDowngrade(url, target)) throw new UrlRefused("The URL redirects from https to http");
        url = target;
      }
      throw unreachable(`it redirects more than ${MAX_REDIRECTS} times`);
    },
  };
}

async function askFor(
  client: Client,
  url: URL,
  headers: Headers,
  elsewhere: Elsewhere | null,
): Promise<UpstreamAnswer> {
  try {
    return await openFile(client, url, headers, elsewhere);
  } catch (error) {
    throw failureOf(error, elsewhere !== null);
  }
}

/** No refusal of a file's server says anything about the session's login. */
function failureOf(error: unknown, isElsewhere: boolean): unknown {
  const isRefused = error instanceof UpstreamRefused;
  if (!isRefused && !(error instanceof UpstreamUnreachable)) return error;
  const { status = 0 } = error.context;
  const isRateLimit = status === 429;
  if (status >= 400 && status < 500 && !isRateLimit) return new FileMissing(status);
  if (!isElsewhere) return isRefused && isRateLimit ? error.as("RateLimitError") : error;
  if (error.kind === "ProxyError") return error;
  if (status >= 300) return unreachable(`its server answered ${status}`);
  // The same words whatever happened: a closed port, silence, or something that is no website.
  return unreachable("its server gave no usable answer", error);
}

const unreachable = (what: string, cause?: unknown): GatewayProblem =>
  new GatewayProblem("UrlUnreachable", `The URL could not be fetched: ${what}`, { cause });

function targetOf({ status, headers }: UpstreamAnswer, url: URL): string {
  const location = headers.get("location");
  const target = location === null ? null : URL.parse(location, url);
  if (target === null) throw unreachable(`its server answered ${status}`);
  return target.href;
}

const DECODED: Readonly<Record<string, CompressionFormat>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

function fileIn({ status, headers, stream }: UpstreamAnswer, url: URL): RemoteFile {
  const bytes = stream ?? new Blob().stream();
  const coding = headers.get("content-encoding")?.trim().toLowerCase() || "identity";
  const length = headers.get("content-length");
  if (coding === "identity")
    return { status, headers, bytes, length: length === null ? null : Number(length), url };
  const format = Object.hasOwn(DECODED, coding) ? DECODED[coding] : undefined;
  if (format === undefined || status !== 200) {
    void bytes.cancel();
    throw unreachable("it comes in an encoding that was not asked for");
  }
  const decoder = new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>;
  return { status, headers, bytes: bytes.pipeThrough(decoder), length: null, url };
}
