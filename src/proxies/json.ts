import type { ProxySummary } from "./rows.ts";

/** A proxy as the HTTP API and the CLI show it; times are ISO 8601, in UTC. */
export const proxyJson = (proxy: ProxySummary) => ({
  proxy_id: proxy.id,
  url: proxy.url,
  label: proxy.label,
  country: proxy.country,
  region: proxy.region,
  max_sessions: proxy.maxSessions,
  on_failure: proxy.onFailure,
  mode: proxy.mode,
  offered_by: proxy.tenantId === null ? ("operator" as const) : ("tenant" as const),
  sessions: proxy.sessions,
  state: proxy.state,
  state_since: iso(proxy.stateSince),
  last_error: proxy.lastError,
  latency_ms: proxy.latencyMs,
  checked_at: isoOrNull(proxy.checkedAt),
  blocked: proxy.blocked,
  created_at: iso(proxy.createdAt),
  updated_at: iso(proxy.updatedAt),
});

const iso = (time: number): string => new Date(time).toISOString();
const isoOrNull = (time: number | null): string | null => (time === null ? null : iso(time));
