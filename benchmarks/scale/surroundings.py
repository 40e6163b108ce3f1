"""What surrounds the cases of a national case file: staff, requests to agencies, messages, and findings."""

CASEWORKERS = 200
"""In each area: a hundred open cases each, at the full size."""

SURROUNDINGS = {
    "staff": f"""
        insert into staff (id, roles, areas, email)
        select 'cw' || number || '.' || area, array['caseworker'], array[area], ''
        from (select distinct area from copies) as areas, generate_series(0, {CASEWORKERS - 1}) as number
        union all
        select 'sv' || number || '.' || area, array['supervisor'], array[area], ''
        from (select distinct area from copies) as areas, generate_series(1, 2) as number
    """,  # noqa: S608 - a constant
    "asks": """
        insert into asks (key, ref, kind, area, agency, question, due_on, reminder, outcome, error, attempts,
            failing_since, next_try_at, case_overdue)
        select waits.ref || '.1.' || key, waits.ref, 'ask', waits.area, waits.waiting_on, split_part(key, ':', 1),
            waits.due_on, 0, case when fails then 'failed' else 'delivered' end,
            case when fails then 'status 503' else '' end,
            case when fails then 40 else 1 end,
            case when fails then now() - abs(hashtext(waits.ref)) % 40 * interval '1 day' end,
            case when fails then now() + interval '1 hour' end, cases.overdue_since is not null
        from (select *, abs(hashtext(ref)) % 60 = 0 as fails from waits) as waits join cases on cases.ref = waits.ref
        where split_part(key, ':', 1) in ('trace', 'agency_check', 'approach', 'offender_answer', 'assessment')
            and waits.waiting_on not in ('caseworker', 'supervisor')
        on conflict do nothing
    """,
    "ask_attempts": """
        insert into ask_attempts (key, number, outcome, error, agency, channel, address, at)
        select key, number, outcome, error, 'bench-agency', 'http', 'https://agency.example/asks', now()
        from asks, generate_series(1, least(attempts, 5)) as number
    """,
    "inbox": """
        insert into inbox (source, message_id, ref, kind, record, digest, dead_letter_reason, delivered_at, outcome,
            resolved_at)
        select 'agency:bench-' || area, 'm-' || ref, ref, 'event',
            jsonb_build_object('event', 'progress_recorded', 'data', '{}'::jsonb, 'by', '{}'::jsonb),
            sha256(convert_to(ref, 'UTF8')),
            case when parked then 'unavailable' end, case when not parked then now() end,
            case when not parked then 'applied' end, case when not parked then now() end
        from (select ref, area, abs(hashtext(ref || 'p')) % 400 = 0 as parked from copies) as message
    """,
    "findings": """
        insert into findings (ref, kind, area, detail, since)
        select ref, case when abs(hashtext(ref)) % 2 = 0 then 'workflow_failing' else 'state_mismatch' end, area,
            'task_failing WorkflowTaskFailed', now() - abs(hashtext(ref)) % 20 * interval '1 hour'
        from cases where ended_on is null and abs(hashtext(ref || 'f')) % 2000 = 0
    """,
}
"""Each table's statement; `copies` are the cases that were made."""
