"""Fingerprints from other people's lists: what is taken, what is refused and why."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.judge.fingerprints import Fingerprints
from probe.judge.foreign import MAX_PATTERN, MAX_ROWS, FingerprintFileError, parse
from probe.judge.forged import Confidence, Forgery
from probe.judge.signature import Kind, Match, Scope

HEADER = "name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,expected_countries,source,exp_url,notes"
OURS = Fingerprints.packaged()


def row(
    pattern: str,
    place: str = "body",
    kind: str = "contains",
    scope: str = "nat",
    sure: str = "10",
    countries: str = "XY",
) -> str:
    """A line of a table in OONI's columns."""
    quoted = pattern.replace('"', '""')
    return f'x.one,{scope},,{place},{kind},"{quoted}",{sure},"{countries}",,,'


def table(*rows: str) -> bytes:
    """A file in OONI's form."""
    return "\n".join([HEADER, *rows, ""]).encode()


def lines(*patterns: str, name: str = "b_nat_xy_one") -> bytes:
    """A file in Censored Planet's form."""
    return "".join(
        json.dumps({"fingerprint": name, "pattern": pattern}) + "\n" for pattern in patterns
    ).encode()


def with_files(folder: Path, **files: bytes) -> Fingerprints:
    """Ours and `files`, by their names without an ending."""
    paths = []
    for name, data in files.items():
        path = folder / (name + (".json" if data.startswith(b"{") else ".csv"))
        path.write_bytes(data)
        paths.append(path)
    return OURS.extended(paths)


def foreign(
    known: Fingerprints, body: str = "", headers: list[tuple[str, str]] | None = None, status: int = 200
) -> list[Match]:
    """What lists of others know of an answer."""
    return [match for match in known.match_page(status, headers or [], body.encode()) if match.foreign]


@pytest.mark.parametrize(
    ("line", "body", "headers", "found"),
    [
        (row("Zugang gesperrt"), "<p>Zugang gesperrt</p>", [], True),
        (row("Zugang gesperrt"), "<p>zugang gesperrt</p>", [], False),
        (row("two  blanks"), "two  blanks", [], True),
        (row("two  blanks"), "two blanks", [], False),
        (row("a&nbsp;pattern with an entity"), "a&nbsp;pattern with an entity", [], True),
        (
            row("http://block.example/", "header.location", "prefix"),
            "",
            [("location", "http://block.example/x")],
            True,
        ),
        (
            row("http://block.example/", "header.location", "prefix"),
            "",
            [("location", "http://a/?http://block.example/")],
            False,
        ),
        (row("SonicWALL", "header.server", "full"), "", [("Server", "SonicWALL")], True),
        (row("SonicWALL", "header.server", "full"), "", [("Server", "SonicWALL 2")], False),
        (row("The page .* is blocked", kind="regexp"), "The page \nyou want is blocked", [], True),
        (row("The page .* is blocked", kind="regexp"), "is blocked The page ", [], False),
        (row("full page", kind="full"), "full page", [], True),
    ],
)
def test_oonis_rows_mean_what_they_mean_there(
    line: str,
    body: str,
    headers: list[tuple[str, str]],
    found: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """Full, prefix, contains and regexp, in the body or a header, upper and lower case apart."""
    known = with_files(tmp_path, theirs=table(line))
    assert known.rejected == ()
    assert bool(foreign(known, body, headers)) is found


def test_what_a_row_says(tmp_path: Path) -> None:
    """Id with the file's name, scope, the only country, and that it is not ours."""
    (match,) = foreign(with_files(tmp_path, theirs=table(row("Zugang gesperrt"))), "Zugang gesperrt")
    assert match == Match(
        kind=Kind.BLOCK_PAGE, id="theirs:x.one", title="x.one", source="theirs.csv",
        country="XY", scope=Scope.NATIONAL, weak=False, foreign=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "sure", "expected", "weak"),
    [
        ("nat", "5", Scope.NATIONAL, False),
        ("isp", "", Scope.ISP, False),
        ("prod", "10", Scope.PRODUCT, False),
        ("inst", "10", Scope.INSTITUTION, False),
        ("nat", "4", Scope.NATIONAL, True),
        ("vbw", "10", Scope.UNKNOWN, True),
        ("", "5", Scope.UNKNOWN, True),
    ],
)
def test_scopes_and_doubt(scope: str, sure: str, expected: Scope, weak: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Vague words and what its authors doubt are weak."""
    (match,) = foreign(
        with_files(tmp_path, theirs=table(row("Zugang gesperrt", scope=scope, sure=sure))), "Zugang gesperrt"
    )
    assert (match.scope, match.weak) == (expected, weak)


@pytest.mark.parametrize(
    ("countries", "expected"), [("XY", "XY"), (",ZZ", None), ("XY,YX", None), ("", None), ("xy", None)]
)
def test_countries(countries: str, expected: str | None, tmp_path: Path) -> None:
    """A country is said only when there is one."""
    (match,) = foreign(
        with_files(tmp_path, theirs=table(row("Zugang gesperrt", countries=countries))), "Zugang gesperrt"
    )
    assert match.country == expected


def test_a_provider_that_refuses_is_no_block(tmp_path: Path) -> None:
    """OONI's scope prov is the site's own side."""
    (match,) = foreign(
        with_files(tmp_path, theirs=table(row("not in your region", scope="prov"))), "not in your region"
    )
    assert (match.kind, match.scope, match.weak) == (Kind.REFUSAL, None, False)


def test_harmless_pages_are_no_block_pages(tmp_path: Path) -> None:
    """What lists of others call a false positive is no block page by them; ours stays."""
    known = with_files(tmp_path, theirs=table(row("Access Denied"), row("Welcome to nginx", scope="fp")))
    assert [match.kind for match in foreign(known, "Access Denied")] == [Kind.BLOCK_PAGE]
    assert [match.kind for match in foreign(known, "Access Denied. Welcome to nginx")] == [Kind.HARMLESS]
    both = known.match_page(200, [], b'Access Denied. Welcome to nginx <iframe src="http://10.10.34.34">')
    assert [match.kind for match in both] == [Kind.BLOCK_PAGE, Kind.HARMLESS]
    assert both[0].id == "ir-frame-v4"


def test_forged_answers(tmp_path: Path) -> None:
    """Rows for DNS are answers: addresses and names of CNAMEs; likely, weak when doubted; ours go first."""
    known = with_files(
        tmp_path,
        theirs=table(
            row("198.51.100.77", "dns", "full"),
            row("2001:db9::77", "dns", "full", sure="3"),
            row("BlockPage.example.net.", "dns", "full", scope=""),
            row("10.10.34.36", "dns", "full"),
        ),
    )
    assert known.rejected == ()
    first, second, third = (
        known.forged_address("198.51.100.77"),
        known.forged_address("2001:db9::77"),
        known.forged_name("blockpage.EXAMPLE.net"),
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.meaning, first.confidence, first.country) == (Forgery.BLOCK_PAGE, Confidence.LIKELY, "XY")
    assert (second.confidence, third.confidence) == (Confidence.WEAK, Confidence.LIKELY)
    assert known.forged_address("10.10.34.36") == OURS.forged_address("10.10.34.36")


@pytest.mark.parametrize(
    ("pattern", "body", "headers", "found"),
    [
        ("Zugang gesperrt\\.", "<p>Zugang gesperrt.</p>", [], True),
        ("Zugang gesperrt\\.", "<p>Zugang gesperrt!</p>", [], False),
        ("Zugang.*gesperrt", "Zugang\n\nist gesperrt", [], True),
        ("Server: Barracuda/NGFirewall", "", [("server", "Barracuda/NGFirewall")], True),
        ("Location: http://91\\.245\\.35\\.26/", "", [("Location", "http://91.245.35.26/x")], True),
        ("http://ban\\.example\\.ru/", "", [("location", "http://ban.example.ru/")], True),
    ],
)
def test_censored_planets_lines(
    pattern: str,
    body: str,
    headers: list[tuple[str, str]],
    found: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """Expressions looked for in head and body together, the dot being anything."""
    known = with_files(tmp_path, signatures=lines(pattern))
    assert known.rejected == ()
    assert bool(foreign(known, body, headers)) is found


@pytest.mark.parametrize(
    ("name", "kind", "scope", "weak"),
    [
        ("b_nat_xy_one", Kind.BLOCK_PAGE, Scope.NATIONAL, False),
        ("nat_xy_one", Kind.BLOCK_PAGE, Scope.NATIONAL, False),
        ("c_isp_xy_one", Kind.BLOCK_PAGE, Scope.ISP, False),
        ("a_prod_one", Kind.BLOCK_PAGE, Scope.PRODUCT, False),
        ("d_corp_one", Kind.BLOCK_PAGE, Scope.INSTITUTION, False),
        ("e_unk_one", Kind.BLOCK_PAGE, Scope.UNKNOWN, True),
        ("f_gen_one", Kind.BLOCK_PAGE, Scope.UNKNOWN, True),
        ("x_generic_404", Kind.HARMLESS, None, False),
        ("satellite_fp_nginx", Kind.HARMLESS, None, False),
    ],
)
def test_censored_planets_names(
    name: str,
    kind: Kind,
    scope: Scope | None,
    weak: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    """The name says what the signature is; several may share one."""
    known = with_files(tmp_path, signatures=lines("Zugang gesperrt", "Zugang geschlossen", name=name))
    (match,) = foreign(known, "Zugang gesperrt")
    assert (match.kind, match.scope, match.weak) == (kind, scope, weak)
    assert foreign(known, "Zugang geschlossen") == [match]


def test_file_of_false_positives(tmp_path: Path) -> None:
    """In a file of false positives every line is one."""
    known = with_files(tmp_path, false_positive_signatures=lines("Zugang gesperrt", name="s3_deny_1"))
    assert [match.kind for match in foreign(known, "Zugang gesperrt")] == [Kind.HARMLESS]


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        (row(""), "pattern", "empty"),
        (row("abc"), "pattern", "fewer than 4 characters"),
        (row(".*", kind="regexp"), "pattern", "fewer than 4 characters"),
        (row("(a+)+b is blocked", kind="regexp"), "pattern", r"'\(' at 1: only"),
        (row("is blocked [z-a]", kind="regexp"), "pattern", "bad character range"),
        (row("x" * (MAX_PATTERN + 1)), "pattern", "longer than 4096"),
        (row("is blocked", kind="glob"), "pattern_type", "'glob' is not full"),
        (row("is blocked", place="footer"), "location_found", "'footer' is not body"),
        (row("is blocked", place="header."), "location_found", "is not body"),
        (row("not an address", place="dns", kind="full"), "pattern", "neither an address nor a name"),
        (row("1.2.3.4", place="dns", kind="prefix"), "pattern_type", "compared as a whole"),
        (row("is blocked").replace("x.one", ""), "name", "empty"),
        (row("is blocked") + ",one,more", "row", "more cells"),
    ],
)
def test_rows_that_cannot_be_used(line: str, name: str, reason: str) -> None:
    """Each is reported with line, field and reason, and the rows around it are used."""
    read = parse("theirs.csv", table(row("first one"), line, row("last one")))
    assert len(read.signatures) == 2
    (one,) = read.rejected
    assert (one.file, one.line, one.field) == ("theirs.csv", 3, name)
    assert re.search(reason, one.reason)
    assert str(one).startswith(f"theirs.csv:3: {name}: ")


def test_lines_that_are_no_signatures() -> None:
    """Broken JSON and other objects are reported by line; blank lines are nothing."""
    data = (
        lines("first one")
        + b"{broken\n\n"
        + b'["a"]\n{"fingerprint": "x", "pattern": 3}\n'
        + b"[" * 100_000
        + b"\n"
        + lines("last one")
    )
    read = parse("theirs.json", data)
    assert len(read.signatures) == 2
    assert [one.line for one in read.rejected] == [2, 4, 5, 6]
    assert {one.field for one in read.rejected} == {"row"}


def test_limits() -> None:
    """Rows beyond the limit, and what stands behind a cell that the csv module refuses, are not read, and that is said."""
    many = parse("theirs.json", lines("is blocked") * (MAX_ROWS + 5))
    assert len(many.signatures) == MAX_ROWS
    assert [(one.line, one.reason) for one in many.rejected] == [
        (MAX_ROWS + 1, f"beyond the first {MAX_ROWS} rows")
    ]
    cut = parse("theirs.csv", table(row("first one"), row("x" * 200_000), row("last one")))
    assert len(cut.signatures) == 1
    assert "nothing after it is read" in cut.rejected[0].reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "theirs.csv:1: neither JSON lines nor a table with the columns name, location_found"),
        (b"url,category_code\nhttps://a.com,NEWS\n", "theirs.csv:1: neither"),
        (table(row("is blocked")) + b"\xff", "theirs.csv:3: not UTF-8"),
    ],
)
def test_files_that_cannot_be_used(data: bytes, reason: str) -> None:
    """What is no such file at all is an error that names it."""
    with pytest.raises(FingerprintFileError, match=reason):
        parse("theirs.csv", data)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names the path and the reason."""
    with pytest.raises(FingerprintFileError, match=r"no\.csv: cannot be read: No such file"):
        OURS.extended([tmp_path / "no.csv"])


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """Files that went through a spreadsheet begin with one."""
    assert len(parse("theirs.csv", b"\xef\xbb\xbf" + table(row("is blocked"))).signatures) == 1


def test_several_files_and_their_digest(tmp_path: Path) -> None:
    """Files add up; what does not fit is kept with its file; the digest tells them apart."""
    known = with_files(tmp_path, one=table(row("is blocked"), row("")), two=lines("is closed", "(x)"))
    assert {match.id for match in foreign(known, "is blocked, is closed")} == {
        "one:x.one",
        "two:b_nat_xy_one",
    }
    assert [(one.file, one.line) for one in known.rejected] == [("one.csv", 3), ("two.json", 2)]
    other = with_files(tmp_path, one=table(row("is blocked")))
    assert len({OURS.digest, known.digest, other.digest}) == 3
    assert with_files(tmp_path, one=table(row("is blocked"))).digest == other.digest


@given(
    st.binary(max_size=300)
    | st.binary(max_size=200).map(table().__add__)
    | st.binary(max_size=200).map(lines("is blocked").__add__)
)
def test_total_on_any_file(data: bytes) -> None:
    """Any bytes are a list or an error of ours."""
    try:
        read = parse("theirs", data)
    except FingerprintFileError:
        return
    assert all(one.line >= 1 for one in read.rejected)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=30), max_size=12), st.text(max_size=60))
def test_literal_rows_are_found_wherever_they_stand(patterns: list[str], around: str) -> None:
    """Whatever signs a pattern is made of, the words of the page lead to it."""
    usable = [one for one in patterns if len(one) >= 4 and "\0" not in one and one.isprintable()]
    read = parse("theirs.csv", table(*(row(one) for one in usable)))
    assert len(read.signatures) == len(usable)
    known = Fingerprints(tuple(read.signatures), OURS.forged, OURS.networks, "")
    for one in usable:
        assert known.match_page(200, [], f"{around}{one}{around}".encode())


def test_a_hostile_list_is_not_slow(tmp_path: Path) -> None:
    """The slowest expressions that are taken, on the page they are made for."""
    patterns = [
        "a" * 400 + ".*b",
        "a.a.a.a.a.a.a.a.a.a.aaab",
        ".*".join("aaaa" for _ in range(300)) + "b",
        "[^b][^b][^b][^b]aaaab",
    ]
    known = with_files(tmp_path, theirs=lines(*patterns))
    assert known.rejected == ()
    start = time.thread_time()
    assert foreign(known, "a" * 65_536) == []
    assert time.thread_time() - start < 0.5
