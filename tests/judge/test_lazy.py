"""Facts that are computed once, when first asked for."""

from dataclasses import dataclass, field

from probe.judge.lazy import lazy


@dataclass(frozen=True)
class Holder:
    """Notes when its fact is made."""

    made: list[int] = field(default_factory=list)

    @lazy
    def fact(self) -> int:
        """How often it was made."""
        self.made.append(1)
        return len(self.made)


def test_a_fact_is_made_once_for_each_holder() -> None:
    """Also in a frozen one, and not before it is asked for."""
    one, other = Holder(), Holder()
    assert one.made == []
    assert (one.fact, one.fact, other.fact) == (1, 1, 1)


def test_it_documents_itself_on_the_class() -> None:
    """For `help`."""
    assert Holder.fact.__doc__ == "How often it was made."
