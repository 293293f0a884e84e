"""Facts computed when first asked for, and kept."""

from collections.abc import Callable
from typing import Generic, Self, TypeVar, overload

Holder = TypeVar("Holder")
Fact = TypeVar("Fact")


class lazy(Generic[Holder, Fact]):  # noqa: N801 - used as a decorator, as `property` is
    """`functools.cached_property` without what a judge has no use for: until Python 3.12 its lock costs more than most facts."""

    def __init__(self, make: Callable[[Holder], Fact]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Holder, owner: type) -> Fact: ...
    def __get__(self, holder: Holder | None, owner: type) -> Self | Fact:
        if holder is None:
            return self
        fact = holder.__dict__[self._name] = self._make(holder)
        return fact
