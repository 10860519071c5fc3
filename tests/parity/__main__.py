"""`python -m tests.parity`: how many cases there are, and how many are equal."""

import sys
import tempfile
from pathlib import Path

from tests.parity.both import Case, both
from tests.parity.cases import CASES


def difference(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            mine, theirs = both(case, Path(folder))
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    if mine == theirs:
        return ""
    return "; ".join(
        f"{path}: {mine.get(path)} but {theirs.get(path)}"
        for path in sorted({*mine, *theirs})
        if mine.get(path) != theirs.get(path)
    )


def main() -> int:
    unequal = {name: problem for name, case in CASES.items() if (problem := difference(case))}
    for name, problem in unequal.items():
        print(f"{name}\n  {problem}")
    print(f"{len(CASES)} cases, {len(CASES) - len(unequal)} equal")
    return bool(unequal)


if __name__ == "__main__":
    sys.exit(main())
