"""Holds the rules of words and rooms: names, sizes of modules, docstrings, phrases, the map of the rooms."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "timeline"
TESTS = ROOT / "tests"
MAP = PACKAGE / "README.md"

LINES_MIN, LINES_MAX = 30, 400

BANNED_NAMES = frozenset({
    "asked", "drawn", "found", "given", "heard", "held", "kept", "known", "left", "named",
    "one", "passed", "said", "shown", "sought", "stood", "taken", "there", "told", "wanted",
})  # fmt: skip
"""Words that say nothing of what they are bound to, alone or behind underscores."""

_PREPOSITION = "(?:as|at|by|for|from|in|into|of|on|to|with)"
_UNIT = (
    "(?:change|claim|entry|file|format|line|page|question|record|request|resource|row|table|timeline|type)"
)

BANNED_PHRASES = (
    rf"(one( (?!{_PREPOSITION}\b)\w+){{0,2}}|an? \w+) an? {_UNIT}",  # "one module a format": say "per"
    r"anew",
    r"(is|are) away",
    r"are told",
    r"came of (it|them)",
    r"goes on from there",
    r"(?<!there )is no (cursor|date|event|number|position|series|timeline|whole number)",
    r"nothing is there",
    r"that are no events",
    r"there is no such \w+ that",
    r"what became of",
    r"whose it is",
)
"""Phrases that nobody would say aloud and that were replaced once, as patterns for lower case."""


def modules(folder: Path) -> list[Path]:
    """The Python modules in a folder, in order."""
    return sorted(folder.rglob("*.py"))


def tree_of(module: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(module.read_text(), filename=str(module))


def place(module: Path, line: int) -> str:
    """A place as an editor opens it."""
    return f"{module.relative_to(ROOT)}:{line}"


def bindings(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module binds, with its line.

    These are variables (those of loops, comprehensions and patterns too), parameters, functions, names that
    an import renames, fields, and attributes set on `self` or `cls`.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield name, node.lineno
            case ast.MatchMapping(rest=str(name)):
                yield name, node.lineno
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from ((alias.asname, node.lineno) for alias in aliases if alias.asname)


def types_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The classes and the aliases in CamelCase at the top of a module, type variables excepted."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                yield name, node.lineno
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_camel_case(name):
                if not re.search(r"\b(TypeVar|ParamSpec)\b", ast.unparse(value)):
                    yield name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name)) if _is_camel_case(name):
                yield name, node.lineno


def _is_camel_case(name: str) -> bool:
    return re.fullmatch(r"_?[A-Z][A-Za-z0-9]*", name) is not None and not name.isupper()


def texts_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The string literals of a module, those of f-strings with their gaps as `…`."""
    inner = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield "".join(parts), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value, node.lineno


@pytest.mark.parametrize("folder", [PACKAGE, TESTS], ids=lambda folder: folder.name)
def test_no_banned_name_is_bound(folder: Path) -> None:
    """Names say what the thing is; `_asked` is no better than `asked`."""
    places = [
        f"{place(module, line)}: {name}"
        for module in modules(folder)
        for name, line in sorted(bindings(tree_of(module)), key=lambda binding: binding[1])
        if name.strip("_") in BANNED_NAMES
    ]

    assert not places, "\n".join([f"{len(places)} banned names:", *places])


def test_no_type_name_occurs_twice() -> None:
    """One word, one meaning."""
    places = defaultdict(list)
    for module in modules(PACKAGE):
        for name, line in types_of(tree_of(module)):
            places[name].append(place(module, line))

    twice = [f"{name}: {', '.join(where)}" for name, where in places.items() if len(where) > 1]
    assert not twice, "\n".join(twice)


@pytest.mark.parametrize(
    "module",
    [module for module in modules(PACKAGE) if module.name != "__init__.py"],
    ids=lambda module: str(module.relative_to(PACKAGE)),
)
def test_a_module_is_a_room(module: Path) -> None:
    """Neither too small nor too large, and its docstring begins with a sentence that says what it is for."""
    lines = len(module.read_text().splitlines())

    assert LINES_MIN <= lines <= LINES_MAX
    assert_begins_with_a_sentence(module)


@pytest.mark.parametrize(
    "module",
    [module for module in modules(TESTS) if not module.name.startswith("test_")],
    ids=lambda module: str(module.relative_to(TESTS)),
)
def test_a_helper_of_tests_says_what_it_gives(module: Path) -> None:
    """In the first line of its docstring."""
    assert_begins_with_a_sentence(module)


def assert_begins_with_a_sentence(module: Path) -> None:
    """The first line of a module's docstring is a sentence."""
    line = (ast.get_docstring(tree_of(module)) or "").partition("\n")[0]
    assert re.fullmatch(r"[A-Z`].{8,}[.:?]", line), f"not a sentence: {line!r}"


def test_the_map_of_the_rooms_names_files_that_exist() -> None:
    """Whoever follows `timeline/README.md` finds what it speaks of, from the package or from the project."""
    paths = re.findall(r"`([\w./-]+(?:\.(?:py|sql|md|toml|json|yaml)|/))`", MAP.read_text())

    assert paths
    assert [] == [path for path in paths if not any((base / path).exists() for base in (PACKAGE, ROOT))]


def test_phrases_that_must_not_come_back() -> None:
    """No text of the package is worded like a translation; docstrings are read by users too, as help."""
    places = [
        f"{place(module, line)}: {match[0]}"
        for module in modules(PACKAGE)
        for text, line in texts_of(tree_of(module))
        for phrase in BANNED_PHRASES
        if (match := re.search(rf"\b{phrase}\b", " ".join(text.lower().split())))
    ]

    assert not places, "\n".join([f"{len(places)} phrases:", *places])
