import { reply } from "./fake-instagram.ts";
import { createTestService, type TestService, type TestServiceOptions } from "./service.ts";

/** `feedback_required` as Instagram sends it. */
export const feedback = (more: Record<string, unknown> = {}) =>
  reply(400, {
    message: "feedback_required",
    spam: true,
    feedback_title: "Try Again Later",
    feedback_message: "We limit how often you can do certain things on Instagram.",
    status: "fail",
    ...more,
  });

export const pleaseWait = (headers: Record<string, string> = {}) =>
  reply(
    401,
    { message: "Please wait a few minutes before you try again.", status: "fail" },
    headers,
  );

export const FOLLOW = /\/friendships\/create\//;
export const LIKE = /\/media\/\w+\/like\/$/;
export const PROFILE = /\/users\/\w+\/info\/$/;

/** A day in the sandbox, some hours before the midnight of accounts without a time zone of their own. */
export const NOON = Date.UTC(2025, 10, 20, 16);

/** A service whose clock a test moves, with a session of the sandbox. */
export interface GuardedService extends TestService {
  session: string;
  /** Unix milliseconds. */
  time: number;
  /** How long the service has waited, in milliseconds. */
  readonly waits: number[];
  follow(user?: string, headers?: Record<string, string>): ReturnType<TestService["request"]>;
  like(): ReturnType<TestService["request"]>;
  profile(): ReturnType<TestService["request"]>;
  /** Changes the tenant's policies. */
  limit(policies: Record<string, unknown>): Promise<void>;
}

export async function createGuardedService(
  options: TestServiceOptions = {},
): Promise<GuardedService> {
  const state = { time: NOON, waits: [] as number[] };
  const service = await createTestService({
    now: () => state.time,
    sleep: async (milliseconds) => {
      state.waits.push(milliseconds);
      state.time += milliseconds;
    },
    ...options,
  });
  const session = await service.login();
  const ask = (method: string, path: string, form: Record<string, string>, more = {}) =>
    service.request(method, path, {
      key: service.testKey,
      session: guarded.session,
      ...(method === "GET" ? { query: form } : { form }),
      ...more,
    });
  const guarded = Object.assign(state, service, {
    session,
    follow: (user = "25025320", headers = {}) =>
      ask("POST", "/user/follow", { user_id: user }, { headers }),
    like: () => ask("POST", "/media/like", { media_id: "3755350675776297567_25025320" }),
    profile: () => ask("GET", "/user", { user_id: "25025320" }),
    async limit(policies: Record<string, unknown>) {
      const path = `/admin/tenants/${service.tenantId}`;
      const answer = await service.admin("PATCH", path, policies);
      if (answer.status !== 200) throw new Error(answer.text);
    },
  });
  return guarded;
}

/** Ends a session's cool-downs: for tests that go on after a throttle with the same session. */
export async function unblock(
  { request }: Pick<TestService, "request">,
  session: string,
  key: string,
): Promise<void> {
  const form = { unblock: "true" };
  const answer = await request("PATCH", "/session", { key, session, form });
  if (answer.status !== 200) throw new Error(answer.text);
}
