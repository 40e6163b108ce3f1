-- migrate:up

-- What is said of a notice again under the same id, because its answer was lost, is known to have been done.
alter table notices add column done_as text not null default '';

comment on column notices.done_as is 'The id under which staff last did something about it; empty: under none.';

-- migrate:down
