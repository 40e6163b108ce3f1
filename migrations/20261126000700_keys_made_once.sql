-- migrate:up

-- A key that is asked for again under the same id, because its answer was lost, is not made again.
alter table agency_keys add column idempotency_key text not null default '';

comment on column agency_keys.idempotency_key is 'The id under which it was asked for; empty: under none.';

-- migrate:down
