-- The machines that serve the sessions of this database together, one row for each registration of a
-- process, and which of them uses which session. Times are of the database's clock: unix milliseconds.
-- oldest code: 0019_usage_order
CREATE TABLE machines (
  id TEXT PRIMARY KEY NOT NULL,
  machine TEXT NOT NULL,
  region TEXT,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  is_draining INTEGER NOT NULL DEFAULT 0,
  is_alone INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE INDEX machines_region ON machines (region, lease_until);

-- A lease holds as long as that of its holder.
CREATE TABLE session_leases (
  session_id TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  holder TEXT NOT NULL,
  since INTEGER NOT NULL,
  lost_by TEXT,
  wanted_by TEXT,
  wanted_until INTEGER
) WITHOUT ROWID;
CREATE INDEX session_leases_wanted ON session_leases (holder, wanted_until) WHERE wanted_by IS NOT NULL;
