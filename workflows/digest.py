"""The morning digest, started by its schedule: on working days, supervisors are sent what they must look at."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.digests import DigestActivities
    from domain.calendar import ENGLAND_AND_WALES_2028
    from ports.digests import DigestTotals
    from workflows.names import MORNING_DIGEST
    from workflows.policies import SEND_DIGESTS


@workflow.defn(name=MORNING_DIGEST)
class MorningDigest:
    """One morning."""

    @workflow.run
    async def run(self) -> DigestTotals:
        """Send the digests of today, unless it is a bank holiday or a weekend."""
        day = ENGLAND_AND_WALES_2028.day_of(workflow.now())
        if not ENGLAND_AND_WALES_2028.is_working_day(day):
            return DigestTotals()
        return await workflow.execute_activity_method(DigestActivities.send_digests, day, **SEND_DIGESTS)
