-- migrate:up

-- What has no record beneath it that counts once, such as a new key of an agency, is done by one at a time.
alter table idempotency_keys add column claimed_until timestamptz;

comment on column idempotency_keys.claimed_until is 'Until then whoever has begun it does it alone; whoever died meanwhile no longer.';

-- migrate:down
