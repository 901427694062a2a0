#!/usr/bin/env python3
"""Fails when a file includes against the direction of the house.

core <- platform <- {collectors, handlers} <- agent, and core, platform <- coordinator, cli.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "core": {"core"},
    "platform": {"core", "platform"},
    "collectors": {"core", "platform", "collectors"},
    "handlers": {"core", "platform", "handlers"},
    "agent": {"core", "platform", "collectors", "handlers", "agent"},
    "coordinator": {"core", "platform", "coordinator"},
    "cli": {"core", "platform", "cli"},
}
# What core may use besides the standard library, and who may use asio.
CORE_LIBRARIES = re.compile(r"^(fmt/|boost/system/|boost/assert/)")
NOT_STANDARD = re.compile(r"^(boost|curl|fmt|nlohmann|openssl|prometheus|spdlog|systemd|sys|pugixml|libcgroup|libdeflate)\b|\.hp?p?$|/")
ASIO = re.compile(r"^boost/(asio|beast)")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def problems_of(root: pathlib.Path, path: pathlib.Path) -> list[str]:
    folder = path.relative_to(root).parts[0]
    found = []
    for quote, name in INCLUDE.findall(path.read_text()):
        place = f"{path.relative_to(root)}: includes {name}"
        if quote == '"':
            target = name.split("/")[0]
            if target not in MAY_INCLUDE:
                found.append(f"{place}: not a path from the root of the tree")
            elif target not in MAY_INCLUDE[folder]:
                found.append(f"{place}: {folder}/ may include only {', '.join(sorted(MAY_INCLUDE[folder]))}")
        elif ASIO.match(name) and not path.name.startswith("http_server"):
            found.append(f"{place}: asio and Beast live in platform/http/http_server* only")
        elif folder == "core" and NOT_STANDARD.search(name) and not CORE_LIBRARIES.match(name):
            found.append(f"{place}: core/ may use the standard library, fmt and boost::system only")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    files = [p for folder in MAY_INCLUDE for p in sorted((root / folder).rglob("*")) if p.suffix in {".h", ".cpp"}]
    found = [problem for path in files for problem in problems_of(root, path)]
    print("\n".join(found) or f"{len(files)} files include in the right direction")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
