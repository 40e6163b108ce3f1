"""Pages for people: HTML that works without scripts, on a phone and with a screen reader, and is never cached."""

import base64
import hashlib
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Environment(
    loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
# Our own text, in an element whose text a browser does not interpret.
STYLE = Markup(TEMPLATES.get_template("style.css").render().strip())  # noqa: S704
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    # A page may name somebody, and its address is the key to answer.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def render_page(
    template: str,
    title: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    contact: str = "",
    ref: str = "",
    site: str = "Restorative justice casework",
    language: str = "en-GB",
    skip: str = "Skip to main content",
    **facts: Any,
) -> HTMLResponse:
    """Return the page of `template` with `facts`; `contact` is the address for questions about the case `ref`.

    `site` is what the pages are called, `language` that of all words on it, and `skip` the link to the main part.
    """
    content = TEMPLATES.get_template(f"{template}.html").render(
        title=title, style=STYLE, contact=contact, ref=ref, site=site, language=language, skip=skip, **facts
    )
    return HTMLResponse(content, status, {**HEADERS, **(headers or {})})
