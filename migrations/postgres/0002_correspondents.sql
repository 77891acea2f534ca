-- Which cases somebody has been written to about: for guesses about a mail that could not be tied to one.
CREATE INDEX letters_by_correspondent ON letters (recipient_fingerprint, case_id) WHERE case_id IS NOT NULL;
-- How many automatic answers left lately, to anybody.
CREATE INDEX letters_by_answer ON letters (due_at_us) WHERE automatic_answer = 1;
