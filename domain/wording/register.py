"""What staff read about a trace in the HMPPS register: notes for the vault, since they speak of people."""

MATCH = "The register names the {kind} {code}."
PRISON, PROBATION_TEAM = "prison", "probation team"

CANDIDATES = "The register has {people} who may be meant. None is a certain match, so none was chosen."
MORE_CANDIDATES = "There may be others whom the register does not show us."
LIMITED_ACCESS = "A person whose record has limited access, {number}: ask the agency that holds it."
REGISTER_NUMBER, NO_REGISTER_NUMBER = "register number {id}", "no register number"
NO_NAME, ALIASES = "no name", "also known as {names}"
BORN, UNKNOWN_BIRTH = "born {days}", "on an unknown day"
"""The date of birth; `{days}` are several where records differ."""
