-- What became of requests with an Idempotency-Key. Only hashes of the key and the request are kept.
CREATE TABLE idempotency_records (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  key_hash TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('started', 'finished', 'unknown')),
  owner TEXT NOT NULL,
  version INTEGER NOT NULL,
  key_id TEXT,
  answer BLOB,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, key_hash)
);

-- For the removal of a deleted tenant's records, and of those that are over.
CREATE INDEX idempotency_records_tenant ON idempotency_records (tenant_id);
CREATE INDEX idempotency_records_expiry ON idempotency_records (expires_at);

-- How many records each session has, kept by the triggers below: the limit is checked at each new one.
CREATE TABLE idempotency_counts (
  session_id TEXT PRIMARY KEY NOT NULL,
  records INTEGER NOT NULL
);

CREATE TRIGGER idempotency_counted_in AFTER INSERT ON idempotency_records BEGIN INSERT INTO idempotency_counts (session_id, records) VALUES (new.session_id, 1) ON CONFLICT (session_id) DO UPDATE SET records = records + 1; END;
CREATE TRIGGER idempotency_counted_out AFTER DELETE ON idempotency_records BEGIN UPDATE idempotency_counts SET records = records - 1 WHERE session_id = old.session_id; DELETE FROM idempotency_counts WHERE session_id = old.session_id AND records <= 0; END;

-- The processes that run such requests, and until when each is known to be alive.
CREATE TABLE idempotency_owners (
  id TEXT PRIMARY KEY NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
);
