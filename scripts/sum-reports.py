"""Sums JUnit reports: a line a report, then 'N passed, N failed' over all. Exits 1 on a failure or an empty report."""
import pathlib
import sys
import xml.etree.ElementTree as ET


def count(report: pathlib.Path) -> tuple[int, int]:
    passed = failed = 0
    for case in ET.parse(report).iter("testcase"):
        bad = case.find("failure") is not None or case.find("error") is not None
        # A test that was skipped or not run has proven nothing.
        bad = bad or case.find("skipped") is not None or case.get("status") in {"fail", "notrun", "disabled"}
        failed += bad
        passed += not bad
    return passed, failed


def main() -> int:
    reports = sorted(pathlib.Path(sys.argv[1]).glob("*.xml"))
    totals = [0, 0]
    empty = not reports
    for report in reports:
        passed, failed = count(report)
        empty = empty or passed + failed == 0
        totals[0] += passed
        totals[1] += failed
        print(f"{report.stem}: {passed} passed, {failed} failed")
    print(f"{totals[0]} passed, {totals[1]} failed")
    return 1 if totals[1] or empty else 0


if __name__ == "__main__":
    sys.exit(main())
