import type { Kind } from "../announcements.ts";
import type { FeedKind } from "./change-feed.ts";

/** Whether the requests of a session take another way. */
const PROXY_COLUMNS = ["proxy", "proxyId"];

/** The kinds of changes for which hurryOf() may say something. */
export const AWAITED = [
  "tenant.changed",
  "tenant.deleted",
  "session.changed",
  "session.deleted",
  "proxy.changed",
  "upstream.switched",
] as const satisfies FeedKind[];

/**
 * What a change that somebody has made waits for before it is reported as done, also on a remote
 * database: that nothing leaves any process any more (`stop`), or that all know the new way (`way`).
 */
export function hurryOf({
  kind,
  changed = [],
}: {
  kind: Kind | FeedKind;
  changed?: readonly string[];
}): "stop" | "way" | null {
  const has = (...names: string[]): boolean => names.some((name) => changed.includes(name));
  switch (kind) {
    case "tenant.deleted":
    case "session.deleted":
    case "upstream.switched":
      return "stop";
    case "tenant.changed":
      return has("status") ? "stop" : null;
    case "session.changed":
      if (has("enabled")) return "stop";
      return has(...PROXY_COLUMNS) ? "way" : null;
    case "proxy.changed":
      return has("url") ? "way" : null;
    default:
      return null;
  }
}
