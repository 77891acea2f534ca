-- What the virus scanner said of a mail before it was read, and the sentence for people. None: nobody was asked.
ALTER TABLE mails ADD COLUMN scan TEXT CHECK (scan IN ('clean', 'infected', 'unscanned'));
ALTER TABLE mails ADD COLUMN scan_says TEXT;
