-- migrate:up

-- The directory as it is listed, part by part.
create index agencies_in_order on agencies (area, kind, id);

-- migrate:down
