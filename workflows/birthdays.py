"""Birthdays, started weekly by their schedule: so no entry shows on which day somebody was born."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.birthdays import BirthdayActivities
    from ports.birthdays import BirthdayTotals
    from workflows.names import BIRTHDAYS
    from workflows.policies import RECORD_BIRTHDAYS


@workflow.defn(name=BIRTHDAYS)
class WeeklyBirthdays:
    """One week."""

    @workflow.run
    async def run(self) -> BirthdayTotals:
        """Record who is 18 now."""
        return await workflow.execute_activity_method(BirthdayActivities.record_birthdays, **RECORD_BIRTHDAYS)
