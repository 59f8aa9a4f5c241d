-- Who did what to which tenant, key, session and proxy, when and from where. Rows are only added. The
-- id is a ULID: it has the time. There are no references: the record outlives what it tells of.
CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  tenant_id TEXT,
  mode TEXT,
  actor TEXT NOT NULL,
  actor_key_id TEXT,
  address TEXT,
  key_id TEXT,
  session_id TEXT,
  proxy_id TEXT,
  details TEXT NOT NULL
) WITHOUT ROWID;

-- One for each question that a page can begin with. Their entries end with the id: a page is read in order.
CREATE INDEX audit_tenant ON audit (tenant_id, id);
CREATE INDEX audit_tenant_kind ON audit (tenant_id, kind, id);
CREATE INDEX audit_kind ON audit (kind, id);
CREATE INDEX audit_actor_key ON audit (actor_key_id, id) WHERE actor_key_id IS NOT NULL;
CREATE INDEX audit_key ON audit (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX audit_session ON audit (session_id, id) WHERE session_id IS NOT NULL;
CREATE INDEX audit_proxy ON audit (proxy_id, id) WHERE proxy_id IS NOT NULL;

-- What is recorded stays, until its time is over: the retention moves that bound forward before it deletes.
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit record is never changed'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN old.id >= coalesce((SELECT value FROM meta WHERE key = 'audit_kept_from'), '') BEGIN SELECT raise(ABORT, 'the audit record is kept'); END;

-- What API keys have used, by the operation and the day (days since 1970, UTC).
CREATE TABLE usage (
  day INTEGER NOT NULL,
  tenant_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  operation TEXT NOT NULL,
  calls INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  upstream_calls INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, day, key_id, operation)
);

-- For the removal of old days, and for what all tenants used.
CREATE INDEX usage_day ON usage (day);
