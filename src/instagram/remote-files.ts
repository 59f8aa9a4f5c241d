import type { Client } from "./client.ts";
import type { Headers } from "./headers.ts";
import type { Elsewhere, Reading, UpstreamAnswer } from "./transport/request.ts";
import { send } from "./transport.ts";

/** Hosts from which the app loads photos, videos and sounds. */
const FILE_HOST = /(?:^|\.)(?:cdninstagram\.com|fbcdn\.net)$/;

/** Whether a host serves Instagram's files. Takes a name in lower case, without a dot at the end. */
export const isFileHost = (host: string): boolean => FILE_HOST.test(host);

/** The start of a file, or of a part of it (206), or that there is no such part (416). */
const file: Reading<UpstreamAnswer> = {
  streams: true,
  redirects: true,
  noPart: true,
  read: (answer) => answer,
};

/**
 * Begins to load a file with exactly these headers, from Instagram's hosts or from `elsewhere`.
 * A redirect is an answer too. Throws as send() does; its words are about Instagram.
 */
export const openFile = (
  client: Client,
  { hostname, pathname, search }: URL,
  headers: Headers,
  elsewhere: Elsewhere | null,
): Promise<UpstreamAnswer> =>
  send(client, file, {
    effect: "read",
    method: "GET",
    host: hostname,
    ...(elsewhere ? { elsewhere } : {}),
    path: pathname + search,
    as: { browser: headers },
  });
