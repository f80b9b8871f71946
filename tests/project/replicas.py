"""Whether an expression has the same answer with two exporters scraped as with one."""

from collections.abc import Iterator
from typing import Any

import promql_parser as promql

from tests.project.watching import filled_in, labels_of

# What each process says of itself: these are added up.
OF_EACH_PROCESS = ("cluster_exporter_api_", "cluster_exporter_build_info", "process_")
STEADY = {"max", "min", "group", "topk", "bottomk"}  # of what is there twice, they say the same as of one


def doubled(expression: str) -> list[str]:
    """Where a second exporter would count twice, match twice, or show a second series."""
    tree = promql.parse(filled_in(expression))
    found = list(_doubled(tree))
    if _of_many(tree):
        found.append(f"{expression} has a series for each exporter")
    return found


def _of_many(node: Any) -> bool:
    """Whether the series of a part have the label of their exporter; what rules record has not."""
    match node:
        case promql.VectorSelector() | promql.MatrixSelector():
            return ":" not in _names(node)[0]
        case promql.Call() if node.func.name == "absent":
            return False
        case promql.AggregateExpr():
            return "instance" in labels_of(node.prettify()) and _of_many(node.expr)
        case promql.BinaryExpr() if str(node.op) in {"and", "unless"} or _joins(node):
            return _of_many(node.lhs)
    return any(map(_of_many, _parts(node)))


def _doubled(node: Any) -> Iterator[str]:
    for part in _parts(node):
        yield from _doubled(part)
    match node:
        case promql.AggregateExpr() if str(node.op) not in STEADY and _of_many(node.expr):
            if not all(name.startswith(OF_EACH_PROCESS) for name in _names(node.expr)):
                yield f"{node.prettify()} counts each exporter"
        case promql.BinaryExpr() if str(node.op) not in {"and", "or", "unless"}:
            one_sided = _of_many(node.lhs) and not _is_number(node.rhs)
            other = _of_many(node.rhs) and not _is_number(node.lhs) and not _joins(node)
            if one_sided or other:
                yield f"{node.prettify()} matches the series of each exporter"


def _joins(node: Any) -> bool:
    """Whether the right side of an operation is one info of each object."""
    right = node.rhs.expr if isinstance(node.rhs, promql.ParenExpr) else node.rhs
    picked = isinstance(right, promql.AggregateExpr) and str(right.op) == "topk" and str(right.param) == "1"
    many = node.modifier is not None and node.modifier.card == promql.VectorMatchCardinality.ManyToOne
    if not (many and picked and right.modifier is not None):
        return False
    return set(right.modifier.labels) == set(node.modifier.matching.labels)


def _is_number(node: Any) -> bool:
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr):
        return _is_number(node.expr)
    if isinstance(node, promql.BinaryExpr):
        return _is_number(node.lhs) and _is_number(node.rhs)
    return isinstance(node, promql.NumberLiteral) or (isinstance(node, promql.Call) and node.func.name == "time")


def _parts(node: Any) -> list[Any]:
    match node:
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.Call():
            return list(node.args)
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return [node.expr]
    return []


def _names(node: Any) -> list[str]:
    if isinstance(node, promql.VectorSelector):
        return [node.name]
    if isinstance(node, promql.MatrixSelector):
        return [node.vector_selector.name]
    return [name for part in _parts(node) for name in _names(part)]
