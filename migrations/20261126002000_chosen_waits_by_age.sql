-- migrate:up

-- They are thrown away some days after they were chosen.
create index bulk_selections_by_age on bulk_selections (selected_at);

-- migrate:down
