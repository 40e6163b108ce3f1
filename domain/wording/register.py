"""What staff read about a trace in the HMPPS register."""

MATCH = "The register names the {organisation} {code}."
CANDIDATES = "The register has {people} who may be meant. None is a certain match, so none was chosen."
MORE_CANDIDATES = "There may be others that the register does not show us."
LIMITED_ACCESS = "A person whose record has limited access, {number}: ask the organisation that holds it."
"""In the answer of the register to a trace."""
