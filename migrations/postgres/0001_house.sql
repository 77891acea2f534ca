-- The house as it begins. Times end in `_us`: microseconds since 1970, UTC. Dates end in `_on`: YYYY-MM-DD in London.
-- `sealed` and `wrapped_key` columns open only with the key file. The same names stand in the other engine's folder.

-- One key for what belongs to no case and no mail: audit rows, answers of mail servers.
CREATE TABLE house (
  id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  -- Wrapped under the master key.
  wrapped_key BYTEA NOT NULL
);

-- Cases. `sealed` is the fold of the events, so that a decision reads one row; the rest is for lists.
CREATE TABLE cases (
  id            TEXT NOT NULL PRIMARY KEY,
  reference     TEXT NOT NULL UNIQUE,
  -- How many events it has.
  version       BIGINT NOT NULL CHECK (version > 0),
  stage         TEXT NOT NULL,
  area          TEXT,
  grade         TEXT NOT NULL,
  owner_role    TEXT,
  next_due_on   TEXT,
  next_due_what TEXT,
  -- 1 when nothing is expected any more.
  closed        BIGINT NOT NULL CHECK (closed IN (0, 1)),
  opened_at_us  BIGINT NOT NULL,
  changed_at_us BIGINT NOT NULL,
  -- The key of the case, wrapped under the master key. Everything of the case is lost with it.
  wrapped_key   BYTEA NOT NULL,
  sealed        BYTEA NOT NULL
);

-- What happened, for ever: events of cases and audit rows, in one hash chain.
CREATE TABLE events (
  -- Gapless, from 1.
  seq           BIGINT NOT NULL PRIMARY KEY,
  case_id       TEXT REFERENCES cases (id),
  -- From 1 within the case; none for audit rows.
  version       BIGINT,
  -- Kind of the event, or `audit`.
  kind          TEXT NOT NULL,
  at_us         BIGINT NOT NULL,
  sealed        BYTEA NOT NULL,
  previous_hash BYTEA NOT NULL,
  hash          BYTEA NOT NULL,
  UNIQUE (case_id, version)
);

-- The last link of the chain; whoever appends holds this row.
CREATE TABLE chain_head (
  id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  seq  BIGINT NOT NULL,
  hash BYTEA NOT NULL
);
INSERT INTO chain_head (id, seq, hash) VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');

-- The inbox ledger: one row for every mail that reached a mailbox.
CREATE TABLE mails (
  id             TEXT NOT NULL PRIMARY KEY,
  -- What its sender may be told: FF-E-20391.
  receipt        TEXT NOT NULL UNIQUE,
  account        TEXT NOT NULL,
  mailbox        TEXT NOT NULL,
  uid_validity   BIGINT NOT NULL,
  uid            TEXT NOT NULL,
  received_at_us BIGINT NOT NULL,
  taken_in_at_us BIGINT NOT NULL,
  size_bytes     BIGINT NOT NULL,
  -- 1 when it is larger than is kept.
  cut            BIGINT NOT NULL CHECK (cut IN (0, 1)),
  -- Keyed digest of the bytes, and of the bytes without what mail servers write on the way.
  raw_digest     BYTEA NOT NULL,
  content_digest BYTEA NOT NULL,
  -- The first mail with the same content.
  same_as        TEXT REFERENCES mails (id),
  -- The key of the mail, wrapped under the master key, or under the key of `case_id` once it is set.
  wrapped_key    BYTEA NOT NULL,
  -- Counted and on disk before any work is done.
  attempts       BIGINT NOT NULL DEFAULT 0,
  -- Grows with every claim; whoever holds an older one is refused.
  epoch          BIGINT NOT NULL DEFAULT 0,
  worker         TEXT,
  lease_until_us BIGINT,
  end_state      TEXT CHECK (end_state IN ('case_opened', 'attached', 'request', 'automatic', 'waiting')),
  ended_at_us    BIGINT,
  kind           TEXT,
  -- Why it waits, without personal data.
  reason         TEXT,
  case_id        TEXT REFERENCES cases (id),
  -- What was read, for people.
  sealed         BYTEA,
  -- 1 once it was moved to its place in the mailbox.
  moved          BIGINT NOT NULL DEFAULT 0 CHECK (moved IN (0, 1)),
  UNIQUE (account, mailbox, uid_validity, uid)
);
CREATE UNIQUE INDEX mails_first_of_content ON mails (content_digest) WHERE same_as IS NULL;
CREATE INDEX mails_to_do ON mails (received_at_us) WHERE end_state IS NULL;
CREATE INDEX mails_unmoved ON mails (account) WHERE moved = 0;
CREATE INDEX mails_by_end ON mails (end_state, received_at_us) WHERE end_state IS NOT NULL;
CREATE INDEX mails_by_case ON mails (case_id) WHERE case_id IS NOT NULL;

-- The bytes of a mail, apart from its row so that lists stay small.
CREATE TABLE mail_bytes (
  mail_id TEXT NOT NULL PRIMARY KEY REFERENCES mails (id),
  sealed  BYTEA NOT NULL
);

-- Timers that run, one row each.
CREATE TABLE timers (
  case_id    TEXT NOT NULL REFERENCES cases (id),
  timer      TEXT NOT NULL,
  arming     BIGINT NOT NULL,
  rung       BIGINT NOT NULL,
  due_at_us  BIGINT NOT NULL,
  -- When to look at it: `due_at_us`, or later after a failed try.
  wake_at_us BIGINT NOT NULL,
  PRIMARY KEY (case_id, timer)
);
CREATE INDEX timers_by_wake ON timers (wake_at_us);

-- Letters: the outbox. A row leaves nothing to choose.
CREATE TABLE letters (
  id                    TEXT NOT NULL PRIMARY KEY,
  -- Case, letter, cause and recipient: queued once, for ever.
  effect_key            TEXT NOT NULL UNIQUE,
  case_id               TEXT REFERENCES cases (id),
  mail_id               TEXT REFERENCES mails (id),
  letter                TEXT NOT NULL,
  role                  TEXT,
  -- Made when queued, the same on every try.
  message_id            TEXT NOT NULL UNIQUE,
  -- Keyed fingerprint of the address.
  recipient_fingerprint BYTEA NOT NULL,
  -- Only for a letter of no case and no mail: its own key, wrapped under the master key.
  wrapped_key           BYTEA,
  -- Recipient, what it answers, subject, text.
  sealed                BYTEA NOT NULL,
  -- 1 for answers no person asked for: capped by recipient.
  automatic_answer      BIGINT NOT NULL CHECK (automatic_answer IN (0, 1)),
  state                 TEXT NOT NULL CHECK (state IN ('queued', 'gathering', 'sending', 'unsure', 'sent', 'held', 'dropped', 'failed', 'gathered')),
  queued_at_us          BIGINT NOT NULL,
  -- Not before this moment.
  due_at_us             BIGINT NOT NULL,
  attempts              BIGINT NOT NULL DEFAULT 0,
  epoch                 BIGINT NOT NULL DEFAULT 0,
  worker                TEXT,
  lease_until_us        BIGINT,
  -- 1 when an earlier try ended without anybody knowing how.
  interrupted           BIGINT NOT NULL DEFAULT 0 CHECK (interrupted IN (0, 1)),
  settled_at_us         BIGINT,
  -- A code or a reason, without personal data.
  reason                TEXT,
  -- What the mail server answered, under the key of the house.
  sealed_reply          BYTEA,
  -- The digest it went into.
  gathered_into         TEXT REFERENCES letters (id)
);
CREATE INDEX letters_to_do ON letters (state, due_at_us);
CREATE INDEX letters_by_recipient ON letters (recipient_fingerprint, queued_at_us) WHERE automatic_answer = 1;
CREATE INDEX letters_by_case ON letters (case_id) WHERE case_id IS NOT NULL;

-- The worklist: what a person is asked to do, without personal data.
CREATE TABLE tasks (
  id             TEXT NOT NULL PRIMARY KEY,
  effect_key     TEXT NOT NULL UNIQUE,
  case_id        TEXT REFERENCES cases (id),
  mail_id        TEXT REFERENCES mails (id),
  role           TEXT NOT NULL,
  says           TEXT NOT NULL,
  due_on         TEXT NOT NULL,
  opened_at_us   BIGINT NOT NULL,
  closed_at_us   BIGINT
);
CREATE INDEX tasks_open ON tasks (due_on) WHERE closed_at_us IS NULL;
CREATE INDEX tasks_by_case ON tasks (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX tasks_by_mail ON tasks (mail_id) WHERE mail_id IS NOT NULL;

-- Who may do what alone: one mailbox, one digest, one sweep.
CREATE TABLE leases (
  name     TEXT NOT NULL PRIMARY KEY,
  worker   TEXT NOT NULL,
  epoch    BIGINT NOT NULL,
  until_us BIGINT NOT NULL
);

-- Small durable marks: the last sweep, the last digest. Without personal data.
CREATE TABLE notes (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- What happened is never changed and never removed.
CREATE FUNCTION events_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are never changed and never removed'; END $$;
CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_are_final();
CREATE TRIGGER events_never_go BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_are_final();
