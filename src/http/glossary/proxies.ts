import type { Glossary } from "./entry.ts";

const ULID = "01K9ZJ5M0T6R3F4C2B1A0XYZWV";
const TIME = "2025-11-01T09:58:00Z";

/** Proxies of tenants and of the operator. */
export const proxies: Glossary = {
  "Proxy.proxy_id": ["Id of the proxy.", ULID],
  "ProxyDeletion.proxy_id": ["Id of the proxy that was deleted.", ULID],
  "Proxy.url": [
    "The proxy without its credentials; of an operator's proxy a tenant sees only the scheme. Null when it cannot be decrypted.",
    "http://***@proxy.example.com:8080",
  ],
  "Proxy.label": ["Name for people; null for none.", "berlin-1"],
  country: ["Country of its address (ISO 3166 alpha-2); null where it is not said.", "DE"],
  "Proxy.region": ["Fly region near it; null where it is not said.", "fra"],
  "Proxy.max_sessions": ["Sessions that it may serve; null for any number.", 3],
  on_failure: ["What its sessions do while it is down: fail (wait for it) or move.", "fail"],
  "Proxy.mode": ["Whose sessions it serves: test or live; null for both.", "live"],
  offered_by: ["Whose it is: the tenant's own, or the operator's for all tenants.", "tenant"],
  sessions: ["Sessions on it; of an operator's proxy the tenant's own.", 2],
  "Proxy.state": [
    "unknown: nobody has tried it; healthy; failing: it has just failed; down: it is not used until a check succeeds.",
    "healthy",
  ],
  "Proxy.state_since": ["Since when it is in that state (UTC).", TIME],
  "Proxy.last_error": ["What failed last, in a word; null where nothing has.", null],
  "Proxy.latency_ms": ["How long the last check took; null before the first.", 212],
  "Proxy.checked_at": ["When it was last checked (UTC); null for never.", TIME],
  "Proxy.blocked": ["Answers that mean that Instagram blocks its address.", 0],
  moved: ["Sessions that were moved to another proxy.", 0],
  created: ["Proxies that are new.", 2],
  existing: ["Proxies that were there already, or twice in the list.", 0],
  failed: ["Lines with a fault.", 1],
  "ProxyImport.errors": ["What is wrong with which line, for up to 1,000 of them."],
  line: ["Number of the line, from 1.", 3],
  "ProxyImportError.field": ["Name of the field; null for the whole line.", "country"],
  "ProxyImportError.message": [
    "What is wrong with it.",
    "must be a country of ISO 3166, such as DE",
  ],
};
