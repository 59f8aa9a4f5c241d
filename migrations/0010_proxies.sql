-- Proxies of a tenant, or (tenant_id null) of the operator for all tenants. What a proxy serves, and the
-- places that logins under way hold, are counted by the triggers below, apart for the two modes.
CREATE TABLE proxies (
  id TEXT PRIMARY KEY NOT NULL,
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  mode TEXT CHECK (mode IN ('test', 'live')),
  key_id TEXT NOT NULL,
  url BLOB NOT NULL,
  url_hash TEXT NOT NULL,
  label TEXT,
  country TEXT,
  region TEXT,
  max_sessions INTEGER,
  on_failure TEXT NOT NULL CHECK (on_failure IN ('fail', 'move')),
  live_sessions INTEGER NOT NULL DEFAULT 0,
  test_sessions INTEGER NOT NULL DEFAULT 0,
  live_holds INTEGER NOT NULL DEFAULT 0,
  test_holds INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('unknown', 'healthy', 'failing', 'down')),
  state_since INTEGER NOT NULL,
  last_error TEXT,
  latency_ms INTEGER,
  checked_at INTEGER,
  next_check_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE INDEX proxies_tenant ON proxies (tenant_id, mode, id);
CREATE INDEX proxies_url ON proxies (tenant_id, mode, url_hash);
CREATE INDEX proxies_next_check ON proxies (next_check_at);

-- A place on a proxy that a login has until its session is stored.
CREATE TABLE proxy_holds (
  id TEXT PRIMARY KEY NOT NULL,
  proxy_id TEXT NOT NULL REFERENCES proxies (id) ON DELETE CASCADE,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  owner TEXT NOT NULL,
  held_until INTEGER NOT NULL
);

CREATE INDEX proxy_holds_proxy ON proxy_holds (proxy_id);
CREATE INDEX proxy_holds_until ON proxy_holds (held_until);

CREATE TRIGGER proxy_held AFTER INSERT ON proxy_holds BEGIN UPDATE proxies SET live_holds = live_holds + (new.mode = 'live'), test_holds = test_holds + (new.mode = 'test') WHERE id = new.proxy_id; END;
CREATE TRIGGER proxy_released AFTER DELETE ON proxy_holds BEGIN UPDATE proxies SET live_holds = live_holds - (old.mode = 'live'), test_holds = test_holds - (old.mode = 'test') WHERE id = old.proxy_id; END;

ALTER TABLE sessions ADD COLUMN label TEXT;
-- A session has either an own proxy URL (proxy) or one of these.
ALTER TABLE sessions ADD COLUMN proxy_id TEXT REFERENCES proxies (id);
ALTER TABLE sessions ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sessions ADD COLUMN state_since INTEGER;
ALTER TABLE sessions ADD COLUMN reason TEXT;
ALTER TABLE sessions ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN last_ok_at INTEGER;
ALTER TABLE sessions ADD COLUMN last_error TEXT;
ALTER TABLE sessions ADD COLUMN blocked_until INTEGER;

CREATE INDEX sessions_state ON sessions (tenant_id, mode, state, id);
CREATE INDEX sessions_proxy ON sessions (proxy_id, id) WHERE proxy_id IS NOT NULL;
CREATE INDEX sessions_label ON sessions (tenant_id, mode, label, id) WHERE label IS NOT NULL;
CREATE INDEX sessions_blocked ON sessions (tenant_id, mode, blocked_until) WHERE blocked_until IS NOT NULL;
CREATE INDEX sessions_off ON sessions (tenant_id, mode, id) WHERE enabled = 0;

CREATE TRIGGER sessions_proxied AFTER INSERT ON sessions WHEN new.proxy_id IS NOT NULL BEGIN UPDATE proxies SET live_sessions = live_sessions + (new.mode = 'live'), test_sessions = test_sessions + (new.mode = 'test') WHERE id = new.proxy_id; END;
CREATE TRIGGER sessions_unproxied AFTER DELETE ON sessions WHEN old.proxy_id IS NOT NULL BEGIN UPDATE proxies SET live_sessions = live_sessions - (old.mode = 'live'), test_sessions = test_sessions - (old.mode = 'test') WHERE id = old.proxy_id; END;
CREATE TRIGGER sessions_changed_proxy AFTER UPDATE OF proxy_id ON sessions WHEN old.proxy_id IS NOT new.proxy_id BEGIN UPDATE proxies SET live_sessions = live_sessions - (old.mode = 'live'), test_sessions = test_sessions - (old.mode = 'test') WHERE id = old.proxy_id; UPDATE proxies SET live_sessions = live_sessions + (new.mode = 'live'), test_sessions = test_sessions + (new.mode = 'test') WHERE id = new.proxy_id; END;

-- Policies: whether sessions need a proxy; how many actions of a kind a day (JSON); milliseconds between
-- two actions.
ALTER TABLE tenants ADD COLUMN proxy_policy TEXT NOT NULL DEFAULT 'optional';
ALTER TABLE tenants ADD COLUMN daily_budgets TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tenants ADD COLUMN pace_ms INTEGER NOT NULL DEFAULT 0;
