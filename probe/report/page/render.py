"""`Content` in, one page out: no reading but of this package's own template, style and script, no clock, no network."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from probe.report.page.body import Body, prepare
from probe.report.page.content import Content
from probe.report.page.language import LANGUAGES, Language, inert, name, subject_name
from probe.report.page.palette import COLOURS
from probe.report.page.state import HOST

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; script-src 'sha256-{digest}'"
"""What a browser lets the page do: nothing but its own style and its own script, known by its digest."""


def render(content: Content, languages: Sequence[Language] = LANGUAGES) -> str:
    """The page, as HTML. With two languages both are in it, the first one shown first."""
    return render_bodies(content, [prepare(content, language) for language in languages])


def render_bodies(content: Content, bodies: Sequence[Body]) -> str:
    """The page from what was prepared already, so that figures are drawn once for page and export."""
    script = _own("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=DictLoader({"page": _own("page.html.j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page").render(
        content=content,
        bodies=bodies,
        languages=[body.language for body in bodies],
        recorded=[cell for cell in content.cells if cell.records],
        policy=Markup(POLICY.format(digest=digest)),  # noqa: S704 - ours
        style=Markup(style([body.language for body in bodies])),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        inert=inert,
        name=name,
        subject_name=subject_name,
        host_floor=HOST,
    )


def style(languages: Sequence[Language]) -> str:
    """The style sheet: colours for both themes, which language is shown, then the layout."""
    light = "".join(f"--{key}:{value};" for key, (value, _) in COLOURS.items())
    dark = "".join(f"--{key}:{value};" for key, (_, value) in COLOURS.items())
    themes = (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not(:has(#theme-light:checked)){{color-scheme:dark;{dark}}}}}\n"
        f"@media screen{{:root:has(#theme-dark:checked){{color-scheme:dark;{dark}}}}}\n"
    )
    states = "".join(f".s-{state}{{--state:var(--{state})}}" for state in STATES)
    return f"{themes}{states}\n{_shown(languages)}\n{_own('page.css')}"


STATES = ("blocked", "partly", "reachable", "refused", "down", "unclear", "insufficient")


def _shown(languages: Sequence[Language]) -> str:
    """Without a script and before any choice, the first language is shown."""
    rules = [f".l-{language.code}{{display:none}}" for language in languages[1:]]
    for language in languages[1:]:
        chosen = f":root:has(#language-{language.code}:checked)"
        rules.append(f"{chosen} .l-{language.code}{{display:revert}}")
        rules += [f"{chosen} .l-{other.code}{{display:none}}" for other in languages if other is not language]
    return "".join(rules)


def _own(file: str) -> str:
    return files("probe.report.page").joinpath(file).read_text(encoding="utf-8")
