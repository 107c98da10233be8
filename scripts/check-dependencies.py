#!/usr/bin/env python3
"""Checks what Cargo.lock brings in against deny.toml, without the network.

Licences, sources, repeated versions, and dependencies of any version: what cargo-deny
checks, but for advisories and withdrawn versions, which need a database.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = tomllib.loads((ROOT / "deny.toml").read_text())
REGISTRY = re.compile(r"registry\+.*/crates\.io-index$")


def packages():
    """The packages that are compiled for one of the targets, by id."""
    found = {}
    for target in RULES["graph"]["targets"]:
        command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1",
                   "--filter-platform", target]
        metadata = json.loads(subprocess.run(
            command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        used = {node["id"] for node in metadata["resolve"]["nodes"]}
        found |= {package["id"]: package for package in metadata["packages"]
                  if package["id"] in used}
    return list(found.values())


def is_allowed(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences."""
    # The slash is an older way to write OR.
    tokens = re.findall(r"[()]|[^\s()/]+|/", expression.replace(" WITH ", "\0WITH\0"))
    tokens = [{"/": "OR"}.get(token, token.replace("\0", " ")) for token in tokens]

    def term():
        token = tokens.pop(0)
        if token != "(":
            return token in allowed
        result = either()
        tokens.pop(0)
        return result

    def both():
        result = term()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            result = term() and result
        return result

    def either():
        result = both()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            result = both() or result
        return result

    return either()


def licence_faults(found):
    allowed = set(RULES["licenses"]["allow"])
    unused = {item["crate"]: set(item["allow"]) for item in RULES["licenses"]["exceptions"]}
    for package in found:
        licence = package["license"] or "no licence"
        if is_allowed(licence, allowed):
            continue
        if not is_allowed(licence, allowed | unused.pop(package["name"], set())):
            yield f"{package['name']}: {licence} is not allowed"
    yield from (f"deny.toml: nothing needs the exception for {name}" for name in unused)


def source_faults(found):
    for package in found:
        if package["source"] and not REGISTRY.match(package["source"]):
            yield f"{package['name']}: comes from {package['source']}"


def version_faults(found):
    skipped = {item["crate"] for item in RULES["bans"]["skip"]}
    versions = {}
    for package in found:
        # What follows the plus sign does not count.
        version = package["version"].partition("+")[0]
        if f"{package['name']}@{version}" in skipped:
            skipped.remove(f"{package['name']}@{version}")
        else:
            versions.setdefault(package["name"], []).append(version)
    for name, several in versions.items():
        if len(several) > 1:
            yield f"{name}: several versions: {', '.join(several)}"
    yield from (f"deny.toml: nothing needs to skip {name}" for name in skipped)


def wildcard_faults(found):
    for package in found:
        for dependency in package["dependencies"]:
            if not package["source"] and dependency["req"] == "*":
                yield f"{package['name']}: takes any version of {dependency['name']}"


def main():
    found = packages()
    checks = [licence_faults, source_faults, version_faults, wildcard_faults]
    faults = [fault for check in checks for fault in check(found)]
    print("\n".join([*faults, f"{len(found)} packages, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
