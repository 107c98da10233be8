#!/usr/bin/env python3
"""Prints how many tests of a JUnit file passed and failed: "PASSED FAILED".

Skipped tests count as neither.
"""

import sys
import xml.etree.ElementTree as tree


def main():
    passed = failed = 0
    try:
        cases = list(tree.parse(sys.argv[1]).iter("testcase"))
    except FileNotFoundError:
        cases = []
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is None:
            passed += 1
    print(passed, failed)


if __name__ == "__main__":
    main()
