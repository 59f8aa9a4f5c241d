-- A session whose account Instagram has disabled is in a state of its own, which the table's check did
-- not allow. SQLite changes no check, so the table is built anew; those that a session's guard will
-- need are allowed as well, as that takes as long as there are sessions.
CREATE TABLE sessions_rebuilt (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  username TEXT,
  user_pk TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'two_factor', 'challenge', 'logged_out', 'cooling_down', 'upgrade_required', 'disabled')),
  region TEXT,
  version INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  settings BLOB NOT NULL,
  proxy BLOB,
  credentials BLOB,
  challenge BLOB,
  legacy_id BLOB,
  legacy_hash TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_used_at INTEGER
);

INSERT INTO sessions_rebuilt (id, tenant_id, mode, username, user_pk, state, region, version, key_id,
  settings, proxy, credentials, challenge, legacy_id, legacy_hash, created_at, updated_at, last_used_at)
  SELECT id, tenant_id, mode, username, user_pk, state, region, version, key_id,
    settings, proxy, credentials, challenge, legacy_id, legacy_hash, created_at, updated_at, last_used_at
  FROM sessions;

-- Its triggers and indexes go with it; the counts that they keep stay.
DROP TABLE sessions;
ALTER TABLE sessions_rebuilt RENAME TO sessions;

CREATE UNIQUE INDEX sessions_legacy ON sessions (tenant_id, mode, legacy_hash);
CREATE INDEX sessions_tenant ON sessions (tenant_id, mode, id);
CREATE INDEX sessions_username ON sessions (tenant_id, mode, username);
CREATE INDEX sessions_legacy_key ON sessions (tenant_id, mode, key_id) WHERE legacy_hash IS NOT NULL;
CREATE INDEX sessions_user_pk ON sessions (tenant_id, mode, user_pk) WHERE user_pk IS NOT NULL;
CREATE INDEX sessions_credentials ON sessions (tenant_id, id) WHERE credentials IS NOT NULL;

CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions BEGIN INSERT INTO session_counts (state, key_id, sessions) VALUES (new.state, new.key_id, 1) ON CONFLICT (state, key_id) DO UPDATE SET sessions = sessions + 1; END;
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions BEGIN UPDATE session_counts SET sessions = sessions - 1 WHERE state = old.state AND key_id = old.key_id; END;
CREATE TRIGGER sessions_moved AFTER UPDATE OF state, key_id ON sessions WHEN old.state <> new.state OR old.key_id <> new.key_id BEGIN UPDATE session_counts SET sessions = sessions - 1 WHERE state = old.state AND key_id = old.key_id; INSERT INTO session_counts (state, key_id, sessions) VALUES (new.state, new.key_id, 1) ON CONFLICT (state, key_id) DO UPDATE SET sessions = sessions + 1; END;
CREATE TRIGGER sessions_counted_in AFTER INSERT ON sessions BEGIN INSERT INTO tenant_session_counts (tenant_id, sessions) VALUES (new.tenant_id, 1) ON CONFLICT (tenant_id) DO UPDATE SET sessions = sessions + 1; END;
CREATE TRIGGER sessions_counted_out AFTER DELETE ON sessions BEGIN UPDATE tenant_session_counts SET sessions = sessions - 1 WHERE tenant_id = old.tenant_id; END;
