import type { Client } from "../client.ts";
import type { RefusalKind } from "../error-kinds.ts";
import { answerUnusable, isRefusal, UpstreamRefused, UpstreamUnreachable } from "../errors.ts";
import type { Headers } from "../headers.ts";
import { type JsonObject, objectOr, textOf } from "../json.ts";
import { toInteger } from "../models/values.ts";
import { json } from "../readings.ts";
import { streamed } from "../signing.ts";
import { send } from "../transport.ts";
import type { FileBytes } from "./files.ts";

/*
 * How one file gets to Instagram's upload service. An upload makes no post: that is what a configure
 * call does afterwards. So it may be sent again.
 */

/** A file under the name that the upload service knows it by. */
export interface Entity {
  /** The path up to the name, such as `/rupload_igvideo/`. */
  directory: string;
  name: string;
  file: FileBytes;
  /** The host of the app's API unless given. */
  host?: string;
  /** Headers of every request for it. */
  headers: Headers;
  /** Whether those are all its headers, without any of the app's. */
  isBare?: boolean;
  /** Further headers of the request with its bytes from `offset` on. */
  postHeaders(offset: number): Headers;
}

/** How often an upload that broke off is taken up again. */
const MOST_RESUMPTIONS = 3;
const PAUSE_MS = 1_000;

/**
 * Sends a file in one piece. When that breaks off it is sent again from the beginning, under a new
 * name: `entityOf` makes one each time.
 */
export function sendWhole(
  client: Client,
  entityOf: () => Entity,
  notTaken: RefusalKind,
): Promise<void> {
  const sent = progressOf(client);
  return untilTaken(client, notTaken, async () => {
    await sendBytes(client, entityOf(), 0, sent);
  });
}

/**
 * Sends a file to the upload service of Direct, and resolves with its answer, which names the file.
 * When that breaks off it asks how much of the file is there and goes on.
 */
export function sendAttachment(
  client: Client,
  entity: Entity,
  notTaken: RefusalKind,
): Promise<JsonObject> {
  const sent = progressOf(client);
  return untilTaken(client, notTaken, async () =>
    // Also a file that is there already is named only in answer to a POST.
    sendBytes(client, entity, await offsetOf(client, entity), sent),
  );
}

/**
 * Asks how much of a file the service has, and sends the rest. When that breaks off it asks again
 * and goes on from there.
 */
export function sendRest(client: Client, entity: Entity, notTaken: RefusalKind): Promise<void> {
  const sent = progressOf(client);
  return untilTaken(client, notTaken, async () => {
    const offset = await offsetOf(client, entity);
    if (offset < entity.file.length) await sendBytes(client, entity, offset, sent);
  });
}

async function offsetOf(client: Client, entity: Entity): Promise<number> {
  const { offset } = await send(client, json, {
    ...requestOf(entity),
    method: "GET",
    ...headersOf(entity, entity.headers),
  });
  // Without a number, nothing is there yet.
  const known = toInteger(offset) ?? 0;
  if (known >= 0 && known <= entity.file.length) return known;
  throw answerUnusable("it names an offset outside of the file");
}

async function sendBytes(
  client: Client,
  entity: Entity,
  offset: number,
  sent: (upTo: number) => void,
): Promise<JsonObject> {
  const { file, headers } = entity;
  return send(client, json, {
    ...requestOf(entity),
    method: "POST",
    ...headersOf(entity, { ...entity.postHeaders(offset), ...headers }),
    body: streamed(file.stream(offset, sent), file.length - offset),
  });
}

const requestOf = ({ host, directory, name }: Entity) =>
  ({
    effect: "step",
    ...(host === undefined ? {} : { host }),
    path: `${directory}${name}`,
  }) as const;

const headersOf = ({ isBare = false }: Entity, headers: Headers) =>
  isBare ? { as: { browser: { ...headers } } } : { headers: { ...headers } };

/** Repeats work that breaks off. A refusal that says nothing more exact is thrown as `notTaken`. */
async function untilTaken<T>(
  client: Client,
  notTaken: RefusalKind,
  work: () => Promise<T>,
): Promise<T> {
  for (let resumptions = 0; ; resumptions++) {
    try {
      return await work();
    } catch (error) {
      if (resumptions === MOST_RESUMPTIONS || !isBrokenOff(error)) throw refusalOf(error, notTaken);
    }
    await client.sleep(PAUSE_MS * 2 ** resumptions);
  }
}

/** Whether going on may help: the connection ended, the service failed, or says so itself. */
function isBrokenOff(error: unknown): boolean {
  if (error instanceof UpstreamRefused)
    return objectOr(error.context.body.debug_info).retriable === true;
  if (!(error instanceof UpstreamUnreachable)) return false;
  const { unanswered, dropped, status = 0 } = error.context;
  // Wrong credentials, sent again, may be locked by the proxy.
  return error.kind === "ProxyError" ? dropped === true : unanswered === true || status >= 500;
}

/** Refusals that only say that something is wrong. The upload service explains it in `debug_info`. */
const VAGUE = ["UnknownError", "ClientStatusFail", "ClientErrorWithTitle"] as const;

function refusalOf(error: unknown, notTaken: RefusalKind): unknown {
  if (!isRefusal(error, ...VAGUE)) return error;
  const { message } = objectOr(error.context.body.debug_info);
  return error.as(notTaken, textOf(message) || error.message);
}

/** Tells the caller's progress of bytes that leave for the first time. */
function progressOf({ caller }: Client): (upTo: number) => void {
  let told = 0;
  return (upTo) => {
    if (upTo <= told) return;
    caller.progress.sent(upTo - told);
    told = upTo;
  };
}
