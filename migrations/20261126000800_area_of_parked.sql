-- migrate:up

-- What is stuck is read area by area, the longest first, and no further than a page: a parked message carries the area.
alter table inbox add column area text, add column breaks integer not null default 0 check (breaks >= 0);

comment on column inbox.area is 'Of a message that was parked: its case''s area, or that which its request names.';
comment on column inbox.breaks is 'How often in a row its delivery broke off in a way which nobody has thought of.';

-- Here, so that it does not matter which version of the server parks it.
create function area_of_dead_letter() returns trigger language plpgsql as $$
begin
    new.area := coalesce(
        (select cases.area from cases where cases.ref = new.ref),
        (
            select request.body -> 'data' ->> 'area'
            from requests join inbox as request
                on request.source = requests.source and request.message_id = requests.source_id
            where requests.ref = new.ref
        )
    );
    return new;
end
$$;

create trigger inbox_dead_letters before insert or update of dead_letter_reason on inbox
    for each row when (new.dead_letter_reason is not null) execute function area_of_dead_letter();

update inbox set dead_letter_reason = dead_letter_reason where dead_letter_reason is not null and outcome is null;

create index inbox_dead_lettered_by_area on inbox (area, received_at, ref)
    where dead_letter_reason is not null and outcome is null;
create index inbox_dead_lettered_since on inbox (received_at, ref) where dead_letter_reason is not null and outcome is null;

-- migrate:down
