-- Accounts whose logins rest: after wrong passwords in a row, or because the upstream asked for it.
CREATE TABLE login_pauses (
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  username TEXT NOT NULL,
  failures INTEGER NOT NULL,
  paused_until INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, mode, username)
);

CREATE INDEX login_pauses_updated ON login_pauses (tenant_id, updated_at);
