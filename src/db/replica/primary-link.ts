import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the primary says about itself when a replica greets it. */
export interface PrimaryGreeting {
  /** Names the history of the database; another one after it was emptied, restored or repaired. */
  logId: string;
  /** Number of the last page that was written; null when nothing ever was. */
  lastFrame: bigint | null;
}

export interface PrimaryLinkOptions {
  /** `libsql://…`, `http(s)://…`. */
  syncUrl: string;
  authToken?: string;
  /** Called with each greeting; a text refuses to go on with the sync, and says why. */
  onGreeting(greeting: PrimaryGreeting): string | null;
  /** For so long the primary may send nothing, in milliseconds. */
  stallMs?: number;
}

const STALL_MS = 5_000;
const MOST_END_BYTES = 1024;
const MOST_REQUEST_BYTES = 1024 * 1024;
const GRPC_PATH = "/wal_log.ReplicationLog/";
const GREETING_PATH = `${GRPC_PATH}Hello`;
/** gRPC's "failed precondition": goes with what is to be done, such as fetching a snapshot. */
const FAILED_PRECONDITION = "9";
/** Belong to one connection, or are set anew. */
const OWN_HEADERS =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|content-length|accept-encoding|x-namespace-bin|authorization|x-authorization)$/;

/**
 * The way of libSQL's syncs to the primary: a server on the loopback interface, for this process
 * alone. libSQL itself waits for ever for a primary that does not answer, repeats what fails for
 * seconds, and goes on in the same file when the primary has got another history. Here each request
 * has a bounded time, a failure is told at once, and a greeting is looked at before libSQL acts on it.
 */
export class PrimaryLink {
  /** For libSQL in place of the token, so that no other process can use this way. */
  readonly authToken = crypto.randomUUID();
  readonly #base: URL;
  readonly #token: string;
  readonly #stallMs: number;
  readonly #closing = new AbortController();
  #server: Server | null = null;
  #problem: string | null = null;
  #received = 0;

  constructor(private readonly options: PrimaryLinkOptions) {
    this.#base = primaryUrl(options.syncUrl);
    this.#token = options.authToken ?? new URL(options.syncUrl).searchParams.get("authToken") ?? "";
    this.#stallMs = options.stallMs ?? STALL_MS;
  }

  /** Bytes of the database that have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Why a request has failed since the last time this was asked, in a few words. */
  takeProblem(): string | null {
    const problem = this.#problem;
    this.#problem = null;
    return problem;
  }

  /** Resolves with the URL for libSQL. */
  async open(): Promise<string> {
    this.#server ??= createServer((request, response) => {
      this.#forward(request, response).catch(() => response.destroy());
    });
    const server = this.#server;
    if (!server.listening) {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      server.unref();
    }
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Refuses all requests from now on, so that a sync under way ends at once. */
  refuseAll(): void {
    this.#closing.abort();
  }

  /** To be called when no sync is under way: libSQL tries for seconds to connect to what is closed. */
  close(): void {
    this.refuseAll();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const given = request.headers["x-authorization"] ?? request.headers.authorization;
    if (given !== `Bearer ${this.authToken}`) return void response.writeHead(401).end();
    const isGrpc = path.startsWith(GRPC_PATH);
    // A copy never changes what it is a copy of.
    if (!isGrpc && request.method !== "GET") return void response.writeHead(405).end();
    const stalled = new Stall(this.#stallMs);
    try {
      const answer = await fetch(new URL(this.#base.pathname + path.slice(1), this.#base), {
        method: request.method ?? "POST",
        headers: this.#headersOf(request),
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, stalled.signal]),
        ...(request.method === "GET" ? {} : { body: await bodyOf(request) }),
      });
      const grpcStatus = answer.headers.get("grpc-status") ?? "0";
      if (answer.status === 401 || answer.status === 403)
        throw new PrimaryRefused("refuses DATABASE_AUTH_TOKEN");
      if (isGrpc ? answer.status !== 200 : answer.status === 429 || answer.status > 500)
        throw new PrimaryRefused(`answers HTTP ${answer.status}`);
      if (!isGrpc && answer.status === 500) return await this.#passEnd(answer, response);
      if (grpcStatus !== "0" && grpcStatus !== FAILED_PRECONDITION)
        throw new PrimaryRefused(
          grpcStatus === "16" ? "refuses DATABASE_AUTH_TOKEN" : `answers gRPC status ${grpcStatus}`,
        );
      if (path === GREETING_PATH && grpcStatus === "0")
        return await this.#passGreeting(answer, response);
      const isContent = answer.status === 200;
      response.writeHead(answer.status, headersFor(answer));
      for await (const chunk of answer.body ?? []) {
        stalled.restart();
        if (isContent) this.#received += chunk.length;
        if (!response.write(chunk)) await drained(response);
      }
      response.end();
    } catch (error) {
      this.#problem = stalled.signal.aborted
        ? "does not answer in time"
        : error instanceof PrimaryRefused
          ? error.message
          : "cannot be reached";
      // In the middle of an answer, or where libSQL would take a refusal for another protocol.
      if (response.headersSent || !isGrpc) response.destroy();
      else refuse(response);
    } finally {
      stalled.end();
    }
  }

  async #passGreeting(answer: Response, response: ServerResponse): Promise<void> {
    const body = Buffer.from(await answer.arrayBuffer());
    const refusal = this.options.onGreeting(readGreeting(body));
    if (refusal !== null) return refuse(response);
    response.writeHead(answer.status, headersFor(answer)).end(body);
  }

  /** In the newer protocol a 500 may say that there is nothing new. Other ones are failures. */
  async #passEnd(answer: Response, response: ServerResponse): Promise<void> {
    const body = Buffer.from(await answer.arrayBuffer());
    if (!/"generation"/.test(body.toString("latin1", 0, MOST_END_BYTES)))
      throw new PrimaryRefused("answers HTTP 500");
    response.writeHead(answer.status, headersFor(answer)).end(body);
  }

  #headersOf(request: IncomingMessage): Headers {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers))
      if (!OWN_HEADERS.test(name) && typeof value === "string") headers.set(name, value);
    headers.set("accept-encoding", "identity");
    const authorization =
      "x-authorization" in request.headers ? "x-authorization" : "authorization";
    headers.set(authorization, `Bearer ${this.#token}`);
    if ("x-namespace-bin" in request.headers)
      headers.set("x-namespace-bin", namespaceOf(this.#base.hostname));
    return headers;
  }
}

class PrimaryRefused extends Error {}

/** Aborts when nothing has come for a while. */
class Stall {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout>;

  constructor(private readonly milliseconds: number) {
    this.#timer = this.#begin();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), this.milliseconds);
  }
}

/** With this answer libSQL gives a sync up at once; others it repeats, and complains on the console. */
function refuse(response: ServerResponse): void {
  response
    .writeHead(200, {
      "content-type": "application/grpc-web+proto",
      "grpc-status": FAILED_PRECONDITION,
      "grpc-message": "NAMESPACE_DOESNT_EXIST",
    })
    .end();
}

function headersFor(answer: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of answer.headers) if (!OWN_HEADERS.test(name)) headers[name] = value;
  return headers;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_REQUEST_BYTES) throw new PrimaryRefused("is asked too much");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });

/** The address of the primary over HTTP, with a path that ends in a slash. */
function primaryUrl(syncUrl: string): URL {
  const given = new URL(syncUrl);
  const isPlain = /^(?:http|ws):$/.test(given.protocol) || given.searchParams.get("tls") === "0";
  const path = given.pathname.endsWith("/") ? given.pathname : `${given.pathname}/`;
  return new URL(`${isPlain ? "http" : "https"}://${given.host}${path}`);
}

/** libSQL names the database by the first part of its host, in base64 as gRPC has it. */
function namespaceOf(hostname: string): string {
  const name = hostname.includes(".") ? (hostname.split(".")[0] ?? "") : "default";
  return Buffer.from(name)
    .toString("base64")
    .replace(/={1,2}$/, "");
}

/**
 * Reads the log's id (field 3) and the last frame (field 5) of a HelloResponse in gRPC-web: after five
 * bytes of a frame come the fields of protobuf.
 */
function readGreeting(body: Buffer): PrimaryGreeting {
  const message = body.subarray(5, 5 + body.readUInt32BE(1));
  const greeting: PrimaryGreeting = { logId: "", lastFrame: null };
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) {
      const value = varint();
      if (tag >> 3 === 5) greeting.lastFrame = value;
    } else if (wire === 2) {
      const length = Number(varint());
      if (tag >> 3 === 3) greeting.logId = message.toString("utf8", at, at + length);
      at += length;
    } else at += wire === 1 ? 8 : 4;
  }
  return greeting;
}
