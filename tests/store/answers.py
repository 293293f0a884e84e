"""The golden questions put to an engine; what every engine's test calls."""

from probe.store import query
from probe.store.engines import Tables
from tests.store.golden import COUNTED, FALLEN, MECHANISMS, PLATFORMS, WAYS, values


def assert_golden(tables: Tables) -> None:
    """All golden questions have their answers, in the types that were promised."""
    asked = query.Question(("country", "platform"))
    found = tables.run(asked.ask(tables.measurements))
    assert found.column_names == ["probe_cc", "platform", *COUNTED]
    assert values(found) == sorted(PLATFORMS)
    assert str(found.schema.field("n").type) == "int64"
    asked = query.Question(("month", "country", "mechanism"), where={"platform": ["instagram"]})
    assert values(tables.run(asked.ask(tables.measurements))) == MECHANISMS
    assert values(tables.run(query.worldwide_down(tables.measurements))) == FALLEN
    assert values(tables.run(query.daily_ways(tables.measurements, ("platform",)))) == WAYS
    whole = query.counts(tables.measurements, ())
    assert tables.run(whole)["n"].to_pylist() == [sum(row[2] for row in PLATFORMS)]
    steps = tables.run(tables.observations.select("measurement_start_day", "step", "t", "port", "failure"))
    assert steps.to_pylist()[0] | {"measurement_start_day": None} == {
        "measurement_start_day": None,
        "step": "dns",
        "t": 0.5,
        "port": 53,
        "failure": None,
    }
