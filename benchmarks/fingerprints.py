"""How long it takes to look for everything that is known in one page: plain pages, block pages, hostile ones.

    .venv/bin/python benchmarks/fingerprints.py [FINGERPRINTS_FILE…]

Prints milliseconds of CPU per page (min, median, max of 20) for pages of 64 Ki characters, and microseconds per
address. The budget of a page is 5 ms.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from probe.judge.fingerprints import Fingerprints
from probe.judge.page import MAX_CHARACTERS
from probe.judge.signature import Signature

REPEATS = 20
PERSIAN = "در این صفحه اطلاعات مربوط به سایت و خبرهای روز جهان است که هر روز تازه می شود"
RUSSIAN = "сайт доступ к странице новости дня в стране и мире сайты закон суд решение по делу ограничен"

IRAN = b"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>M4-6
</title></head><body><iframe src="http://10.10.34.35:80" style="width: 100%; height: 100%" scrolling="no"></iframe></body></html>"""


def prose(words: list[str], seed: int) -> str:
    """A page as news sites make them: paragraphs, links and attributes around the words."""
    choose = random.Random(seed)
    lines = []
    while sum(map(len, lines)) < MAX_CHARACTERS:
        link = f'<a class="story-{choose.randrange(90)}" href="https://{choose.choice(words)}.example/{choose.randrange(9999)}">'
        lines.append(
            f"<p>{link}{choose.choice(words)}</a>&nbsp;{' '.join(choose.choices(words, k=30))}</p>\n"
        )
    return "".join(lines)


def repeated(piece: str) -> str:
    """`piece` again and again: what backtracking likes least."""
    return piece * (MAX_CHARACTERS // len(piece))


def pages(signatures: tuple[Signature, ...]) -> Iterator[tuple[str, bytes]]:
    """Names and bodies."""
    english = [line.split() for line in (__doc__ or "").splitlines()]
    latin = [word for line in english for word in line] + [
        "access",
        "blocked",
        "title",
        "server",
        "security",
        "site",
    ]
    yield "plain, English", prose(latin, 1).encode()
    yield "plain, Persian", prose(PERSIAN.split(), 2).encode()
    yield "plain, Russian", prose(RUSSIAN.split(), 3).encode()
    yield "plain, Russian, windows-1251", prose(RUSSIAN.split(), 4).encode("cp1251", "replace")
    yield "Iran's block page", IRAN
    yield "Iran's block page at the end of 64 KiB", prose(latin, 5)[: MAX_CHARACTERS - 400].encode() + IRAN
    yield "random bytes", random.Random(6).randbytes(4 * MAX_CHARACTERS)
    for piece in (
        "a",
        " a",
        "<title>",
        "<iframe ",
        "=('",
        " src='http://",
        "диблокир diblokir ",
        "<",
        "&nbsp;",
    ):
        yield f"hostile, {piece!r} repeated", repeated(piece).encode()
    anchors = sorted({anchor for signature in signatures for anchor in signature.pattern.anchors})
    every = " ".join(f" {anchor} " for anchor in anchors)[:MAX_CHARACTERS]
    yield "hostile, every anchor once", every.encode()
    yield "hostile, every anchor once, then <title>", (every + repeated("<title>")).encode()
    yield "hostile, every anchor once, then =('", (every + repeated("=('")).encode()
    for signature in worst(signatures):
        text = "".join(f"<title> {anchor} " for anchor in signature.pattern.anchors)
        yield f"hostile, for {signature.match.id}", repeated(text).encode()


def worst(signatures: tuple[Signature, ...]) -> list[Signature]:
    """The three signatures that cost most on a text made of their own anchors."""

    def cost(signature: Signature) -> float:
        text = repeated("".join(f"<title> {anchor} " for anchor in signature.pattern.anchors) or " ")
        return milliseconds(lambda: signature.pattern.found_in(text, signature.pattern.anchors), 1)[0]

    return sorted((one for one in signatures if one.place == "body"), key=cost)[-3:]


def milliseconds(run: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """CPU times of `repeats` runs, sorted: the machine may have other things to do."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        run()
        times.append((time.thread_time() - start) * 1000)
    return sorted(times)


def main(paths: list[str]) -> None:
    """Print the table."""
    print(f"{'':50} {'min':>8} {'median':>8} {'max':>8} ms")
    loading = milliseconds(Fingerprints.packaged, 5)
    print(f"{'loading the packaged tables':50} {loading[0]:8.2f} {median(loading):8.2f} {loading[-1]:8.2f}")
    known = Fingerprints.packaged().extended([Path(path) for path in paths])
    headers = [
        ("Content-Type", "text/html"),
        ("Server", "nginx"),
        ("Location", "https://www.example.com/a?b=c"),
    ]
    for name, body in pages(known.signatures):
        times = milliseconds(lambda body=body: known.match_page(403, headers, body))  # type: ignore[misc]
        print(f"{name:50} {times[0]:8.2f} {median(times):8.2f} {times[-1]:8.2f}")
    for address in (
        "93.184.215.14",
        "10.10.34.36",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "64:ff9b::a0a:2224",
    ):
        both = milliseconds(
            lambda address=address: (known.bogon(address), known.forged_address(address)), 2000
        )  # type: ignore[misc]
        print(
            f"{address:50} {both[0] * 1000:8.1f} {median(both) * 1000:8.1f} {both[-1] * 1000:8.1f} µs, bogon and forged"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
