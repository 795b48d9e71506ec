-- How often a delivery was claimed since it last had a result. One that ends the worker which handles it would be claimed for ever.

SET LOCAL lock_timeout = '5s';
ALTER TABLE deliveries ADD COLUMN unfinished_claims integer NOT NULL DEFAULT 0;
