CREATE TABLE tenants (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
  store_credentials INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  scopes TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
);

CREATE INDEX api_keys_tenant ON api_keys (tenant_id, id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  username TEXT,
  user_pk TEXT,
  state TEXT NOT NULL CHECK (state IN ('active', 'challenge', 'two_factor', 'logged_out')),
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
  updated_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX sessions_legacy ON sessions (tenant_id, mode, legacy_hash);

CREATE INDEX sessions_tenant ON sessions (tenant_id, mode, id);

CREATE INDEX sessions_username ON sessions (tenant_id, mode, username);

-- Answers "does this tenant have legacy ids hashed under a key we lack" without reading the rows.
CREATE INDEX sessions_legacy_key ON sessions (tenant_id, mode, key_id) WHERE legacy_hash IS NOT NULL;

-- Kept by the triggers below: counting a million rows at each look would hold up everything else.
CREATE TABLE session_counts (
  state TEXT NOT NULL,
  key_id TEXT NOT NULL,
  sessions INTEGER NOT NULL,
  PRIMARY KEY (state, key_id)
);

-- One line each: what ends a migration's statement is a semicolon at the end of a line.
CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions BEGIN INSERT INTO session_counts (state, key_id, sessions) VALUES (new.state, new.key_id, 1) ON CONFLICT (state, key_id) DO UPDATE SET sessions = sessions + 1; END;
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions BEGIN UPDATE session_counts SET sessions = sessions - 1 WHERE state = old.state AND key_id = old.key_id; END;
CREATE TRIGGER sessions_moved AFTER UPDATE OF state, key_id ON sessions WHEN old.state <> new.state OR old.key_id <> new.key_id BEGIN UPDATE session_counts SET sessions = sessions - 1 WHERE state = old.state AND key_id = old.key_id; INSERT INTO session_counts (state, key_id, sessions) VALUES (new.state, new.key_id, 1) ON CONFLICT (state, key_id) DO UPDATE SET sessions = sessions + 1; END;

CREATE TABLE meta (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);
