-- Managing sessions: who has switched one off, and when. The reason of its state stays beside that.
ALTER TABLE sessions ADD COLUMN disabled_by TEXT;
ALTER TABLE sessions ADD COLUMN disabled_at INTEGER;

-- Lists are paged by id, whatever they are filtered by.
DROP INDEX sessions_username;
CREATE INDEX sessions_username ON sessions (tenant_id, mode, username, id);
DROP INDEX sessions_blocked;
CREATE INDEX sessions_blocked ON sessions (tenant_id, mode, id) WHERE blocked_until IS NOT NULL;
CREATE INDEX sessions_on_proxy ON sessions (tenant_id, mode, proxy_id, id) WHERE proxy_id IS NOT NULL;
