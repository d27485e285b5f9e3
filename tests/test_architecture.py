"""The house's law: who may import whom, what the pure rooms may not touch, how long things may grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = {
    "datadeed_ledger": REPOSITORY / "ledger",
    "datadeed_consensus": REPOSITORY / "consensus",
    "datadeed": REPOSITORY / "client",
    "datadeed_node": REPOSITORY / "node",
}
MAY_IMPORT = {
    "datadeed_ledger": set(),
    "datadeed_consensus": {"datadeed_ledger"},
    "datadeed": {"datadeed_ledger"},
    "datadeed_node": {"datadeed_ledger", "datadeed_consensus", "datadeed"},
}
CONSENSUS_NEEDS_ONLY = {"errors", "encoding", "keys", "roster"}
PURE = {"datadeed_ledger", "datadeed_consensus"}
IMPURE_MODULES = {
    "asyncio",
    "concurrent",
    "httpx",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "queue",
    "random",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "ssl",
    "structlog",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "urllib",
    "uuid",
}
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
FILES = [path for room in ROOMS.values() for path in sorted(room.rglob("*.py"))]
assert len(FILES) > 20, "the rooms were not found"


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def room_of(path: Path) -> str:
    return next(name for name, folder in ROOMS.items() if path.is_relative_to(folder))


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOMS[room_of(path)]).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Every module that `path` imports, with `from package import name` as `package.name` too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_only_run_downward(path: Path) -> None:
    room = room_of(path)
    for name in imports_of(path):
        target = name.split(".")[0]
        if target in ROOMS and target != room:
            assert target in MAY_IMPORT[room], f"{room} may not import {name}"
        if room == "datadeed_consensus" and target == "datadeed_ledger" and name != "datadeed_ledger":
            assert name.split(".")[1] in CONSENSUS_NEEDS_ONLY, f"consensus orders bytes; it may not know {name}"


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in PURE], ids=named)
def test_the_pure_rooms_touch_no_clock_disk_network_or_chance(path: Path) -> None:
    touched = {name.split(".")[0] for name in imports_of(path)} & IMPURE_MODULES
    assert not touched
    for node in ast.walk(tree(path)):
        assert not isinstance(node, (ast.Await, ast.AsyncFunctionDef)), f"line {node.lineno}: no await here"
        assert not (isinstance(node, ast.Constant) and type(node.value) is float), "no floats here"
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        assert called not in {"open", "print", "input", "eval", "exec"}, f"{called}() in a pure room"


def test_no_circle_between_modules() -> None:
    known = {module_of(path): path for path in FILES}
    arrows = {name: {target for target in imports_of(path) if target in known} for name, path in known.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for target in sorted(arrows[name]):
                if target != name:
                    visit(target, (*trail, name))
            done.add(name)

    for name in sorted(arrows):
        visit(name, ())


@pytest.mark.parametrize("path", FILES, ids=named)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES_MAX
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, f"{node.name} is too long"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "no module docstring"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_nothing_is_swallowed_and_nothing_is_left_open(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("TODO", "FIXME", "XXX", "pragma: no cover", "type: ignore", "NotImplementedError"):
        assert word not in text, word
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: bare except"
            names = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
            assert not names & {"Exception", "BaseException"}, f"line {node.lineno}: catches everything"


def test_no_room_has_an_unused_file() -> None:
    entry_points = {"datadeed.cli", "datadeed_node.cli", *ROOMS}
    imported = {name for path in FILES for name in imports_of(path)}
    packages = {name.rpartition(".")[0] for name in imported}
    lost = {module_of(path) for path in FILES} - imported - packages - entry_points
    assert not {name for name in lost if not name.endswith("__main__")}


def test_tests_do_not_sleep() -> None:
    for path in sorted((REPOSITORY / "tests").rglob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr == "sleep" and isinstance(node.value, ast.Name):
                assert node.value.id != "time", f"{named(path)}:{node.lineno} sleeps"
