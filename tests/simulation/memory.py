"""How much a simulated core holds: the bytes of everything that can be reached from it, counted once."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

_OUTSIDE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def deep_bytes(root: object) -> int:
    """Classes, modules and functions are not counted, nor what is reached only through them."""
    seen: set[int] = set()
    stack: list[object] = [root]
    total = 0
    while stack:
        each = stack.pop()
        if id(each) in seen or isinstance(each, _OUTSIDE):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        stack.extend(gc.get_referents(each))
    return total
