"""What can be told of a page's accessibility (WCAG 2.2 AA) without a browser: by its HTML, and by its colours."""

import re
from collections.abc import Iterator
from itertools import pairwise

from tests.api.answering import Element, Page

GROUPED = ("text", "radio", "checkbox")


def require_accessible(
    page: Page,
    *,
    site: str = "Restorative justice casework",
    language: str = "en-GB",
    skip: str = "Skip to main content",
) -> None:
    """Fail on the first rule that the page breaks."""
    _require_language_title_and_scale(page, site, language)
    _require_ids_once_and_references_that_lead_somewhere(page)
    _require_headings_in_order(page)
    _require_landmarks(page, skip)
    _require_a_label_for_each_input(page)
    _require_groups_with_legends(page)
    _require_links_with_words(page)
    _require_errors_that_are_told(page)
    _require_nothing_that_runs_or_is_fetched(page)


def _require_language_title_and_scale(page: Page, site: str, language: str) -> None:
    assert page.doctype.lower() == "doctype html"
    assert page.one("html")["lang"] == language
    assert page.title.endswith(f" - {site}")
    assert page.heading in page.title
    # A person may enlarge the page as far as they like.
    assert page.one("meta", name="viewport")["content"] == "width=device-width, initial-scale=1"


def _require_ids_once_and_references_that_lead_somewhere(page: Page) -> None:
    ids = [element["id"] for element in page.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(id for id in ids if ids.count(id) > 1)}"
    for element in page.all():
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            named = element.get(attribute).split()
            assert set(named) <= set(ids), f"{attribute} of <{element.tag}> leads nowhere: {named}"
        if element.tag == "a" and element["href"].startswith("#"):
            assert element["href"][1:] in ids, f"a link leads nowhere: {element['href']}"


def _require_headings_in_order(page: Page) -> None:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    after_first = levels[levels.index(1) :]
    assert all(later <= earlier + 1 for earlier, later in pairwise(after_first)), levels
    # What is to be corrected comes before everything else, as GOV.UK has it.
    assert levels.index(1) == 0 or page.all(role="alert")


def _require_landmarks(page: Page, skip_text: str) -> None:
    assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    skip = page.one("body").all("a")[0]
    assert (skip["href"], skip.text) == ("#main", skip_text)
    assert page.one("main")["tabindex"] == "-1"


def _require_a_label_for_each_input(page: Page) -> None:
    labels = [label["for"] for label in page.all("label")]
    for element in page.all("input", "textarea", "select"):
        if element.get("type") == "hidden":
            continue
        assert labels.count(element["id"]) == 1, f"{element['id']} has {labels.count(element['id'])} labels"
        (label,) = page.all("label", **{"for": element["id"]})
        assert label.text
    for button in page.all("button"):
        assert button.text
        assert button["type"] == "submit"


def _require_groups_with_legends(page: Page) -> None:
    for fieldset in page.all("fieldset"):
        children = [child for child in fieldset.inside if isinstance(child, Element)]
        assert children[0].tag == "legend", "a group begins with what it is called"
        assert children[0].text
        assert len([child for child in children if child.tag == "legend"]) == 1
    for element in page.all("input"):
        form = element.within("form")
        is_alone = form is not None and [part.get("type") for part in form.all("input")] == ["text"]
        if element["type"] in GROUPED and not is_alone:
            assert element.within("fieldset") is not None, f"{element['id']} is in no group"


def _require_links_with_words(page: Page) -> None:
    for link in page.all("a"):
        assert link.text
        assert link["href"]


def _require_errors_that_are_told(page: Page) -> None:
    """Each fault: at the top with a link to its input, in the page's title, and next to its input in words."""
    errors = page.all("p", **{"class": "error"})
    prefix = "Gwall: " if page.one("html")["lang"] == "cy" else "Error: "
    assert bool(errors) == bool(page.all(role="alert")) == page.title.startswith(prefix)
    if not errors:
        return
    assert "autofocus" in page.one(role="alert").attributes
    summary = page.errors
    assert len(summary) == len(errors)
    for error in errors:
        said = error.text.removeprefix(prefix)
        assert said != error.text, "not by colour alone"
        assert said in summary.values()
        (described,) = [element for element in page.all() if error["id"] in element.get("aria-describedby").split()]
        assert described.tag in ("fieldset", "textarea", "input")
    for id in summary:
        (target,) = page.all(id=id)
        assert target.tag in ("input", "textarea")
        assert _is_shown(target), f"{id} is hidden"


def _is_shown(element: Element) -> bool:
    """Whether what `element` belongs to has been chosen: else the style hides it."""
    around: Element | None = element
    while around is not None:
        if around.get("class") == "then":
            assert around.parent is not None
            (chosen,) = [child for child in around.parent.inside if isinstance(child, Element) and child.tag == "input"]
            if "checked" not in chosen.attributes:
                return False
        around = around.parent
    return True


def _require_nothing_that_runs_or_is_fetched(page: Page) -> None:
    assert page.all("script", "iframe", "object", "embed", "img", "link") == []
    for element in page.all():
        for attribute in element.attributes:
            assert not attribute.startswith("on"), f"<{element.tag}> runs {attribute}"
            assert attribute not in ("style", "src"), f"<{element.tag}> has {attribute}"


def rules(css: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each rule of a stylesheet: its selector and its declarations."""
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        pairs = (line.partition(":") for line in body.split(";") if ":" in line)
        yield " ".join(selector.split()), {name.strip(): value.strip() for name, _, value in pairs}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours such as `#0b0c0c`, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
