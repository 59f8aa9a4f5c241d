import { ACCOUNT } from "./account.ts";
import { invalidParameter, notFoundPage, Refusal, refuse } from "./answer.ts";
import { AUTH } from "./auth.ts";
import { type Fields, readFields, textField } from "./body.ts";
import { CDN } from "./cdn.ts";
import { CHALLENGE } from "./challenge.ts";
import { COLLECTION } from "./collection.ts";
import { COMMENT } from "./comment.ts";
import { COMMENT_ACTIONS } from "./comment-actions.ts";
import { CONFIGURE } from "./configure.ts";
import { DIRECT } from "./direct.ts";
import { DIRECT_ACTIONS } from "./direct-actions.ts";
import { DIRECT_FILES } from "./direct-files.ts";
import { DIRECT_MESSAGE } from "./direct-message.ts";
import { DIRECT_SEND } from "./direct-send.ts";
import { DIRECT_THREAD } from "./direct-thread.ts";
import { DIRECT_UPLOAD } from "./direct-upload.ts";
import { EXPLORE } from "./explore.ts";
import { FEED } from "./feed.ts";
import { FRIENDSHIP } from "./friendship.ts";
import { FRIENDSHIP_ACTIONS } from "./friendship-actions.ts";
import { HASHTAG } from "./hashtag.ts";
import { HIGHLIGHT } from "./highlight.ts";
import { HIGHLIGHT_ACTIONS } from "./highlight-actions.ts";
import { INSIGHTS } from "./insights.ts";
import { LOCATION } from "./location.ts";
import { MEDIA } from "./media.ts";
import { MEDIA_ACTIONS } from "./media-actions.ts";
import { MUSIC_BROWSER } from "./music.ts";
import { NOTE } from "./note.ts";
import { NOTIFICATIONS } from "./notifications.ts";
import { PROFILE_PICTURE } from "./profile-picture.ts";
import { REELS } from "./reels.ts";
import { type Exchange, type Match, Router, type Service } from "./router.ts";
import { RUPLOAD } from "./rupload.ts";
import { SEARCH } from "./search.ts";
import { SEARCH_TABS } from "./search-tabs.ts";
import type { Person } from "./seed/people.ts";
import { Seed } from "./seed/seed.ts";
import { STARTUP } from "./startup.ts";
import { STORY } from "./story.ts";
import { STORY_ACTIONS } from "./story-actions.ts";
import { STORY_UPLOAD } from "./story-upload.ts";
import { SUGGESTION } from "./suggestion.ts";
import { TOTP } from "./totp.ts";
import { TRACK } from "./track.ts";
import type { ChooseFault } from "./upload-faults.ts";
import { USER } from "./user.ts";
import { USER_POSTS } from "./user-posts.ts";
import { type Caller, checkApp, identify } from "./verify.ts";
import { WEB } from "./web.ts";
import type { World } from "./world.ts";
import { Worlds } from "./worlds.ts";

export { SANDBOX_ACCOUNTS, sandboxSessionId } from "./sandbox.ts";
export { type ChooseFault, ConnectionLost, type UploadFault } from "./upload-faults.ts";

/** A fake Instagram: takes upstream requests, gives upstream answers. */
export interface Emulator {
  /** Answers one upstream request as Instagram would. Each `world` (one per tenant; "default" unless given) has its own state. */
  handle(request: Request, world?: string): Promise<Response>;
}

export interface EmulatorOptions {
  /** Chooses the made-up users and posts; the named accounts are always the same. 1 unless given. */
  seed?: number;
  /** Clock, unix milliseconds. */
  now?: () => number;
  /** How many worlds are kept; the least recently used one is forgotten. 2000 unless given. */
  maxWorlds?: number;
  /** How long a second of an uploaded video is transcoded, in milliseconds of the clock. 20 unless given. */
  transcodeRate?: number;
  /** What goes wrong with uploads; docs/sandbox.md says what each fault does. */
  faults?: ChooseFault;
}

/** The routes of all resources; those of a new resource are added here. */
export const ROUTES = [
  ...AUTH,
  ...CHALLENGE,
  ...TOTP,
  ...ACCOUNT,
  ...PROFILE_PICTURE,
  ...USER,
  ...FRIENDSHIP,
  ...FRIENDSHIP_ACTIONS,
  ...USER_POSTS,
  ...NOTE,
  ...NOTIFICATIONS,
  ...INSIGHTS,
  ...FEED,
  ...MEDIA,
  ...MEDIA_ACTIONS,
  ...STORY,
  ...STORY_ACTIONS,
  ...STORY_UPLOAD,
  ...HIGHLIGHT,
  ...HIGHLIGHT_ACTIONS,
  ...COMMENT,
  ...COMMENT_ACTIONS,
  ...DIRECT,
  ...DIRECT_ACTIONS,
  ...DIRECT_SEND,
  ...DIRECT_UPLOAD,
  ...DIRECT_FILES,
  ...DIRECT_THREAD,
  ...DIRECT_MESSAGE,
  ...COLLECTION,
  ...REELS,
  ...EXPLORE,
  ...STARTUP,
  ...HASHTAG,
  ...LOCATION,
  ...SEARCH,
  ...SEARCH_TABS,
  ...TRACK,
  ...MUSIC_BROWSER,
  ...SUGGESTION,
  ...RUPLOAD,
  ...CONFIGURE,
  ...WEB,
  ...CDN,
];

const ROUTER = new Router(ROUTES);

/** Makes an emulator with worlds of its own. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const now = options.now ?? Date.now;
  const worlds = new Worlds(new Seed(options.seed ?? 1), options.maxWorlds ?? 2_000, {
    transcodeRate: options.transcodeRate ?? 20,
    chooseFault: options.faults,
  });
  return {
    async handle(request, world = "default") {
      try {
        return await answer(request, worlds.get(world), now());
      } catch (error) {
        if (error instanceof Refusal) return error.toResponse();
        throw error;
      }
    },
  };
}

async function answer(request: Request, world: World, now: number): Promise<Response> {
  const target = targetOf(request);
  const match = ROUTER.find(target.service, request.method, target.path);
  if (match === undefined) return notFoundPage();
  const { route } = match;
  const access = route.access ?? "session";
  if (target.service === "private" && access !== "open") checkApp(request.headers, access);
  const caller = identify(request.headers, access, world);
  const kind = route.body ?? "signed";
  const fields =
    request.method === "POST" && kind !== "bytes" ? await readFields(request, kind) : {};
  if (route.requiredQuery !== undefined) checkQuery(route.requiredQuery, target.search);
  for (const name of route.requiredFields ?? []) {
    if (textField(fields, name) === undefined) throw invalidParameter(name);
  }
  checkOwnId(fields, caller.viewer);
  world.clock.now = now;
  const exchange = new CheckedExchange(request, world, target, match, caller, fields, now);
  if (route.acts !== undefined) world.pace.note(route.acts, exchange);
  return route.handle(exchange);
}

function checkQuery(names: readonly string[], search: string): void {
  const query = new URLSearchParams(search);
  for (const name of names) if (!query.has(name)) throw invalidParameter(name);
}

/** `_uid` names the signing account: another account's id means that the client mixed up sessions. */
function checkOwnId(fields: Fields, viewer: Person | undefined): void {
  const uid = textField(fields, "_uid");
  if (uid !== undefined && viewer !== undefined && uid !== String(viewer.pk)) {
    throw refuse(400, "user_mismatch");
  }
}

class CheckedExchange implements Exchange {
  readonly sessionId: string;
  readonly #viewer: Person | undefined;
  readonly #target: Target;
  readonly #match: Match;
  #query: URLSearchParams | undefined;

  constructor(
    readonly request: Request,
    readonly world: World,
    target: Target,
    match: Match,
    caller: Caller,
    readonly fields: Fields,
    readonly now: number,
  ) {
    this.#viewer = caller.viewer;
    this.sessionId = caller.sessionId;
    this.#target = target;
    this.#match = match;
  }

  get viewer(): Person {
    if (this.#viewer === undefined)
      throw new Error(`${this.#target.path} is open: it may have no viewer`);
    return this.#viewer;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#target.search);
    return this.#query;
  }

  param(name: string): string {
    const value = this.#match.values[this.#match.names.indexOf(name)];
    if (value === undefined) throw new Error(`no {${name}} in ${this.#match.route.path}`);
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  }
}

interface Target {
  readonly service: Service;
  readonly path: string;
  readonly search: string;
}

/** The parts of the URL. They are cut out by hand: a URL parser would take most of the time of a look-up. */
function targetOf(request: Request): Target {
  const { url } = request;
  const hostStart = url.indexOf("//") + 2;
  const pathStart = url.indexOf("/", hostStart);
  const fragment = url.indexOf("#", pathStart);
  const end = fragment < 0 ? url.length : fragment;
  const mark = url.indexOf("?", pathStart);
  const host =
    request.headers.get("x-forwarded-host") ??
    request.headers.get("host") ??
    url.slice(hostStart, pathStart);
  const path = url.slice(pathStart, mark < 0 ? end : mark);
  return {
    service: serviceOf(host, path),
    path,
    search: mark < 0 ? "" : url.slice(mark + 1, end),
  };
}

/**
 * The service behind a host. Hosts that are not Instagram's (127.0.0.1:9099) are the private API, and
 * the uploads of messages by their paths, which nothing else has.
 */
function serviceOf(host: string, path: string): Service {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  if (name === "rupload.facebook.com") return "rupload";
  if (name === "www.instagram.com" || name === "instagram.com") return "web";
  if (name.endsWith(".cdninstagram.com") || name.endsWith(".fbcdn.net")) return "cdn";
  return path.startsWith("/messenger_") && name !== "i.instagram.com" ? "rupload" : "private";
}
