"""Write the golden digests of the explored rules again: `.venv/bin/python -m tests.domain.golden_rules`."""

import json
from pathlib import Path

from domain.versions import CURRENT_VERSION
from tests.domain.exploration import explore
from tests.domain.slices import SLICES


def main() -> None:
    """Explore every slice and write the digests; takes about a minute."""
    found = {}
    for part in SLICES:
        graph = explore(part.starts(), part.follows)
        found[part.name] = {"states": len(graph.cases), "edges": graph.edge_count, "digest": graph.digest()}
    written = json.dumps({"rules": CURRENT_VERSION, "slices": found}, indent=2)
    (Path(__file__).parent / "golden" / f"rules-{CURRENT_VERSION}.json").write_text(written + "\n")


if __name__ == "__main__":
    main()
