-- What protects accounts: cool-downs after Instagram has asked to slow down (JSON, with their history),
-- and the session's own limits, which take the place of the tenant's (null: the tenant's hold).
ALTER TABLE sessions ADD COLUMN blocks TEXT;
ALTER TABLE sessions ADD COLUMN daily_budgets TEXT;
ALTER TABLE sessions ADD COLUMN pace_ms INTEGER;

-- How many actions of a kind a session has done in the day of its account that ends at reset_at.
CREATE TABLE action_counts (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  used INTEGER NOT NULL,
  reset_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, action)
);

-- From when on a session may begin its next action.
CREATE TABLE action_paces (
  session_id TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  next_at INTEGER NOT NULL
);
