-- migrate:up

-- Whoever is entered again under the same id, because its answer was lost, is there by that id and not by another's.
alter table staff add column idempotency_key text not null default '';

comment on column staff.idempotency_key is 'The id under which it was asked for; empty: under none.';

-- migrate:down
