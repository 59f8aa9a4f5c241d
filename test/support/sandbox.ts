import { createEmulator, type Emulator, sandboxSessionId } from "../../src/emulator/index.ts";
import type { RouteEntry } from "../../src/http/route-table.ts";
import {
  type Answer,
  createTestService,
  type RequestOptions,
  type TestService,
  type TestServiceOptions,
  testEmulatorClock,
} from "./service.ts";

/** A service with a session, and what is needed to call every operation of it successfully. */
export interface Sandbox extends TestService {
  /** A session of the account `sandbox`. */
  session: string;
  /** All operations but the hidden ones of the documentation. */
  entries: RouteEntry[];
  entry(operationId: string): RouteEntry;
  /** Path and options of a call that answers with success. `path` is another one of its paths. */
  example(entry: RouteEntry, path?: string): Promise<{ path: string; options: RequestOptions }>;
  /** Makes that call, with `changes` over its options. */
  call(entry: RouteEntry, changes?: RequestOptions, path?: string): Promise<Answer>;
}

export async function createSandbox(options: TestServiceOptions = {}): Promise<Sandbox> {
  const service = await createTestService(options);
  const session = await service.login();
  const { adminToken, testKey: key } = service;
  const find = finder(service, session);
  const entries = service.service.deps.routeTable.entries();

  const example: Sandbox["example"] = async (entry, path = entry.path) => {
    const given = EXAMPLES[entry.meta.operationId] ?? {};
    const fields = typeof given === "function" ? await given(find) : given;
    const ownKeys = entry.meta.access === "admin" || entry.meta.access === "public";
    const options: RequestOptions = {
      ...(ownKeys ? {} : { key }),
      ...(entry.meta.access === "admin"
        ? { headers: { Authorization: `Bearer ${adminToken}` } }
        : {}),
      ...(/session/.test(entry.meta.access) ? { session } : {}),
    };
    if (entry.body) options.form = fields;
    else options.query = fields;
    if (entry.meta.operationId === "postAuthChallengeResolve")
      Object.assign(options, await challengeExample(service));
    return { path: await filled(path, service), options };
  };

  const sandbox: Sandbox = {
    ...service,
    session,
    entries,
    entry(operationId) {
      const found = entries.find(({ meta }) => meta.operationId === operationId);
      if (!found) throw new Error(`no operation ${operationId}`);
      return found;
    },
    example,
    async call(entry, changes = {}, path) {
      const made = await example(entry, path);
      return service.request(entry.method, made.path, { ...made.options, ...changes });
    },
  };
  return sandbox;
}

/** Looks something up in the emulator's world; each path is asked once. */
export type Find = (path: string, query?: Record<string, string>) => Promise<any>;
type Fields = Record<string, string>;
type Example = Fields | ((find: Find) => Fields | Promise<Fields>);

const INSTAGRAM = { user_id: "25025320" };

/** A post of the user `instagram`, as every emulator has it. */
async function firstPost(find: Find): Promise<{ pk: string; id: string; code: string }> {
  return (await find("/user/medias", { ...INSTAGRAM, amount: "1" })).items[0];
}

/** One of the account's own stories that somebody has seen. */
async function seenStory(find: Find): Promise<string> {
  for (const { pk } of await find("/user/stories", { user_id: "sandbox" }))
    if ((await find("/story/viewers", { story_pk: pk })).items.length > 0) return pk;
  throw new Error("nobody has seen any story");
}

async function firstTrack(find: Find): Promise<{ audio_cluster_id: string }> {
  return (await find("/search/music", { query: "midnight" }))[0];
}

/** The latest thread of the inbox, with its newest messages. */
async function firstThread(find: Find): Promise<{ id: string; messages: { id: string }[] }> {
  return (await find("/direct/threads", { amount: "1" }))[0];
}
const ofFirstThread: Example = async (find) => ({ thread_id: (await firstThread(find)).id });

/** Values with which an operation answers with success, where it does not without. */
const EXAMPLES: Record<string, Example> = {
  postAuthLogin: { username: "sandbox", password: "sandbox" },
  postAuthLoginBySessionid: () => ({ sessionid: sandboxSessionId("sandbox") ?? "" }),
  patchAuthRelogin: { username: "sandbox", password: "sandbox" },
  patchAuthSettings: { locale: "en_US" },
  postAuthTotp: { verification_code: "123456" },

  getUser: { username: "instagram" },
  getUserMedias: { username: "instagram" },
  getUserIdFromUsername: { username: "instagram" },
  getUserUsernameFromId: INSTAGRAM,
  getUserFollowers: INSTAGRAM,
  getUserFollowing: INSTAGRAM,
  getUserFriendship: INSTAGRAM,
  getUserAbout: INSTAGRAM,
  getUserClips: INSTAGRAM,
  getUserVideos: INSTAGRAM,
  getUserTaggedMedias: INSTAGRAM,
  getUserPinnedPosts: INSTAGRAM,
  getUserGuides: INSTAGRAM,
  getInsightsMedia: async (find) => ({
    media_pk: (await find("/user/medias", { username: "sandbox", amount: "1" })).items[0].pk,
  }),

  getMedia: async (find) => ({ pk: (await firstPost(find)).pk }),
  getMediaId: async (find) => ({ media_pk: (await firstPost(find)).pk }),
  getMediaPk: async (find) => ({ media_id: (await firstPost(find)).id }),
  getMediaPkFromCode: async (find) => ({ code: (await firstPost(find)).code }),
  getMediaAuthor: async (find) => ({ media_pk: (await firstPost(find)).pk }),
  getMediaLikers: async (find) => ({ media_id: (await firstPost(find)).id }),
  getMediaOembed: async (find) => ({
    url: `https://www.instagram.com/p/${(await firstPost(find)).code}/`,
  }),
  getMediaComments: async (find) => ({ media_id: (await firstPost(find)).id }),
  getMediaCommentsStream: async (find) => ({ media_id: (await firstPost(find)).id }),
  getMediaCommentReplies: async (find) => {
    const { id: media_id } = await firstPost(find);
    // The second comment of that post has the long thread.
    const { items } = await find("/media/comments", { media_id });
    return { media_id, comment_id: items[1].pk };
  },
  getMediaCommentLikers: async (find) => {
    const { items } = await find("/media/comments", { media_id: (await firstPost(find)).id });
    return { comment_pk: items[0].pk };
  },
  getMediaCommentInfos: async (find) => ({ media_ids: (await firstPost(find)).id }),
  getMediaPkFromUrl: async (find) => ({
    url: `https://www.instagram.com/p/${(await firstPost(find)).code}/`,
  }),

  getStory: async (find) => ({ story_pk: (await find("/user/stories", INSTAGRAM))[0].pk }),
  getStoryPkFromUrl: async (find) => ({
    url: `https://www.instagram.com/stories/instagram/${(await find("/user/stories", INSTAGRAM))[0].pk}/`,
  }),
  getStoryViewers: async (find) => ({ story_pk: await seenStory(find) }),
  getUserStories: INSTAGRAM,
  getUserHighlights: INSTAGRAM,
  getHighlight: async (find) => ({
    highlight_pk: (await find("/user/highlights", INSTAGRAM))[0].pk,
  }),

  getHashtag: { name: "#berlin" },
  getHashtagMediasTop: { name: "berlin" },
  getHashtagMediasRecent: { name: "berlin" },
  getHashtagReels: { name: "berlin" },
  getHashtagRelated: { name: "berlin" },

  getLocation: { location_pk: "213385402" },
  getLocationMediasTop: { location_pk: "213385402" },
  getLocationMediasRecent: { location_pk: "213385402" },
  getLocationGuides: { location_pk: "213385402" },

  getSearchUsers: { query: "anna" },
  getSearchHashtags: { query: "berlin" },
  getSearchMusic: { query: "midnight" },
  getSearchLocations: { lat: "52.51", lng: "13.38" },
  getSearchPlaces: { query: "berlin" },
  getSearchTop: { query: "anna" },
  getSearchReels: { query: "berlin" },
  getSearchAccounts: { query: "anna" },
  getSearchFollowers: { ...INSTAGRAM, query: "anna" },
  getSearchFollowing: { ...INSTAGRAM, query: "a" },
  getSearchTypeahead: { query: "berlin" },
  getTrack: async (find) => ({ id: (await firstTrack(find)).audio_cluster_id }),
  getTrackStream: async (find) => ({ id: (await firstTrack(find)).audio_cluster_id }),

  getAccountCollection: { name: "Trips" },
  getAccountCollectionMedia: async (find) => ({
    collection_pk: (await find("/account/collections"))[1].id,
  }),
  getReelsTimeline: { collection_pk: "reels" },
  getExploreMedia: async (find) => ({ media_pk: (await find("/reels"))[0].pk }),

  getDirectThread: ofFirstThread,
  getDirectThreadByParticipants: { user_ids: INSTAGRAM.user_id },
  getDirectSearch: { query: "insta" },
  getDirectMessages: ofFirstThread,
  getDirectMessagesSearch: { query: "hello" },
  getDirectMessage: async (find) => {
    const { id, messages } = await firstThread(find);
    return { thread_id: id, message_id: messages[0]?.id ?? "" };
  },
  getDirectMedia: ofFirstThread,

  postAdminTenants: { name: "Example" },
  patchAdminTenant: { name: "Example" },
  postAdminTenantKeys: { name: "Example", mode: "test" },
};

function finder(service: TestService, session: string): Find {
  const found = new Map<string, Promise<any>>();
  return (path, query = {}) => {
    const name = `${path}?${new URLSearchParams(query)}`;
    const answer =
      found.get(name) ??
      service
        .request("GET", path, { key: service.testKey, session, query })
        .then(({ body }) => body);
    found.set(name, answer);
    return answer;
  };
}

/** A challenge of a new tenant's session that waits for its code: the code is what is sent. */
async function challengeExample(service: TestService): Promise<RequestOptions> {
  const { key } = await service.createKey(await service.createTenant("With a challenge"));
  const account = { username: "sandbox_challenge", password: "sandbox" };
  const asked = await service.request("POST", "/auth/login", { key, form: account });
  const { session_id: session, last_json } = asked.body;
  const form = { last_json: JSON.stringify(last_json) };
  await service.request("POST", "/auth/challenge/resolve", { key, session, form });
  return { key, session, form: { ...form, security_code: "123456" } };
}

/** The path with its parameters filled in, by a tenant and a key made for it. */
async function filled(path: string, service: TestService): Promise<string> {
  if (!path.includes(":")) return path;
  const tenantId = await service.createTenant("For one call");
  const { id } = path.includes(":key_id") ? await service.createKey(tenantId) : { id: "" };
  return path.replace(":tenant_id", tenantId).replace(":key_id", id);
}

/**
 * The built-in emulator with answers of one's own in front: `answer` returns undefined for what the
 * emulator shall answer.
 */
export function emulatorWith(
  answer: (url: URL, request: Request) => Response | undefined | Promise<Response | undefined>,
): Emulator {
  const emulator = createEmulator({ now: testEmulatorClock });
  return {
    handle: async (request, world) =>
      (await answer(new URL(request.url), request.clone())) ?? emulator.handle(request, world),
  };
}

/** A sandbox before whose emulator the endpoints with this end of their path answer with this text. */
export async function sandboxAnswering(end: string, body: string, status = 200) {
  const headers = { "Content-Type": "application/json" };
  const emulator = emulatorWith((url) =>
    url.pathname.endsWith(end) ? new Response(body, { status, headers }) : undefined,
  );
  const own = await createSandbox({ emulator });
  const ask = (path: string, query: Record<string, string> = {}) =>
    own.request("GET", path, { key: own.testKey, session: own.session, query });
  return { ask, close: own.close };
}
