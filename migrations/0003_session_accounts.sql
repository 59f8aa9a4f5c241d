-- How many sessions each tenant has, kept by the triggers below: its limit is checked at each new one.
CREATE TABLE tenant_session_counts (
  tenant_id TEXT PRIMARY KEY NOT NULL,
  sessions INTEGER NOT NULL
);
INSERT INTO tenant_session_counts (tenant_id, sessions)
  SELECT tenant_id, count(*) FROM sessions GROUP BY tenant_id;

CREATE TRIGGER sessions_counted_in AFTER INSERT ON sessions BEGIN INSERT INTO tenant_session_counts (tenant_id, sessions) VALUES (new.tenant_id, 1) ON CONFLICT (tenant_id) DO UPDATE SET sessions = sessions + 1; END;
CREATE TRIGGER sessions_counted_out AFTER DELETE ON sessions BEGIN UPDATE tenant_session_counts SET sessions = sessions - 1 WHERE tenant_id = old.tenant_id; END;
CREATE TRIGGER tenants_counted_out AFTER DELETE ON tenants BEGIN DELETE FROM tenant_session_counts WHERE tenant_id = old.id; END;

-- Finds the session of an account whose name has changed.
CREATE INDEX sessions_user_pk ON sessions (tenant_id, mode, user_pk) WHERE user_pk IS NOT NULL;

-- Finds the credentials that are to go, without reading the other sessions.
CREATE INDEX sessions_credentials ON sessions (tenant_id, id) WHERE credentials IS NOT NULL;
