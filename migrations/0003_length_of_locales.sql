-- A language tag is no longer than messages to senders take it (RFC 5646 section 4.4.1 asks for 35). A longer one that is
-- there was never understood: its person read English.
UPDATE users SET locale = 'en' WHERE octet_length(locale) > 35;
ALTER TABLE users ADD CONSTRAINT users_locale_is_short CHECK (octet_length(locale) <= 35);
