-- Uploads that answer before they are done, or that have an Idempotency-Key.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('media', 'story', 'message')),
  state TEXT NOT NULL CHECK (state IN ('received', 'sending', 'transcoding', 'done', 'failed')),
  may_exist INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  total_bytes INTEGER NOT NULL,
  owner TEXT NOT NULL,
  key_id TEXT,
  result BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);

-- For the number of a session's uploads, for the removal of a deleted tenant's, and of those that are over.
CREATE INDEX uploads_session ON uploads (session_id);
CREATE INDEX uploads_tenant ON uploads (tenant_id);
CREATE INDEX uploads_expiry ON uploads (expires_at);
