-- A later mail of the same proven sender that answers this one belongs to the same case. Keyed fingerprints: they tell nothing.
ALTER TABLE mails ADD COLUMN message_mark BYTEA;
-- None when the sender was not proven.
ALTER TABLE mails ADD COLUMN sender_mark BYTEA;
CREATE INDEX mails_by_message ON mails (message_mark) WHERE message_mark IS NOT NULL;
