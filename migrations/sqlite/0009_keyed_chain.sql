-- Links of the chain are keyed from here on: whoever can write the database alone cannot make them anew. Another name, so that a daemon
-- of the version before that still runs is refused by the database instead of adding links that nobody can prove.
ALTER TABLE chain_head RENAME TO chain_end;

-- Number of the first keyed link; none until the store was opened with the key once.
ALTER TABLE chain_end ADD COLUMN keyed_from INTEGER;
-- Keyed fingerprint of that number.
ALTER TABLE chain_end ADD COLUMN keyed_mark BLOB;
