-- What has changed of that which other processes keep in memory, in the order in which it was committed:
-- a database has one writer, and the number of a row is given within its transaction. A remote database
-- cannot tell that somebody has written; each process reads here what is newer than what it has seen.
-- oldest code: 0019_usage_order
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  kind TEXT NOT NULL,
  tenant_id TEXT,
  key_id TEXT,
  session_id TEXT,
  proxy_id TEXT,
  version INTEGER,
  status TEXT,
  changed TEXT,
  at INTEGER NOT NULL
);

-- There is always a last row: whoever does not find the one that it saw last has missed others.
INSERT INTO changes (kind, at) VALUES ('feed.began', CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- How far a machine has read: whoever uses a switch waits until all have read of it.
ALTER TABLE machines ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;

-- Each change is recorded in its own transaction, so the record is the announcement. What is created needs
-- none where nobody can have looked for it before; nor does what only reads.
CREATE TRIGGER audit_announced AFTER INSERT ON audit WHEN new.kind IN ('tenant.created', 'tenant.changed', 'tenant.credentials_removed', 'tenant.deleted', 'key.created', 'key.rotated', 'key.revoked', 'session.changed', 'session.deleted', 'proxy.changed', 'proxy.deleted', 'upstream.switched') BEGIN INSERT INTO changes (kind, tenant_id, key_id, session_id, proxy_id, version, status, changed, at) VALUES (new.kind, new.tenant_id, new.key_id, new.session_id, new.proxy_id, (SELECT version FROM sessions WHERE id = new.session_id), CASE WHEN new.kind = 'tenant.changed' THEN (SELECT status FROM tenants WHERE id = new.tenant_id) END, new.details ->> 'changed', CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;

-- When a proxy that is down is tried next is not recorded, but requests wait for it in every process.
CREATE TRIGGER proxies_rescheduled AFTER UPDATE OF next_check_at ON proxies WHEN old.state = 'down' AND new.state = 'down' AND new.next_check_at IS NOT old.next_check_at BEGIN INSERT INTO changes (kind, tenant_id, proxy_id, at) VALUES ('proxy.rescheduled', new.tenant_id, new.id, CAST(unixepoch('subsec') * 1000 AS INTEGER)); END;
