"""A Chromium of the machine's own, headless, that reaches nothing; and a page opened in it, with all it complained of."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Where it is."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def browsing() -> Iterator[Browser]:
    """The browser; closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _refuse(dialog: Dialog, trouble: list[str]) -> None:
    trouble.append(f"dialog: {dialog.message}")
    dialog.dismiss()


@contextmanager
def opened(
    browser: Browser,
    file: Path,
    *,
    width: int = 1200,
    theme: str = "light",
    locale: str = "en-US",
    script: bool = True,
) -> Iterator[tuple[Page, list[str]]]:
    """The page, and a list that fills with errors, dialogs and requests for anything but the file itself."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        locale=locale,
        java_script_enabled=script,
    )
    page, trouble = context.new_page(), list[str]()
    page.on("console", lambda message: trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("dialog", lambda dialog: _refuse(dialog, trouble))
    page.on("request", lambda sent: trouble.append(sent.url) if sent.url != file.as_uri() else None)
    page.goto(file.as_uri())
    try:
        yield page, trouble
    finally:
        context.close()
