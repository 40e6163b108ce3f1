"""The answering page as an agency's member of staff meets it: pages, their parts, and what a browser would post."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

VOID = frozenset({"meta", "input", "br", "link", "hr", "img"})


@dataclass
class Element:
    """An element of a page, with what is inside it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    inside: "list[Element | str]" = field(default_factory=list)

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def get(self, attribute: str) -> str:
        """An attribute, or nothing."""
        return self.attributes.get(attribute, "")

    def walk(self) -> "Iterator[Element]":
        """This element and all inside it, in the order of the page."""
        yield self
        for child in self.inside:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, *tags: str, **attributes: str) -> "list[Element]":
        """The elements inside of these tags and attributes."""
        return [
            element
            for element in self.walk()
            if (not tags or element.tag in tags)
            and all(element.get(name.replace("_", "-").strip("-")) == value for name, value in attributes.items())
        ]

    def one(self, *tags: str, **attributes: str) -> "Element":
        """The only such element."""
        (found,) = self.all(*tags, **attributes)
        return found

    def within(self, tag: str) -> "Element | None":
        """The closest element of this tag around it."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around

    @property
    def text(self) -> str:
        """What is read of it, with single spaces."""
        parts = (child if isinstance(child, str) else child.text for child in self.inside)
        return " ".join(" ".join(parts).split())


class Page(HTMLParser):
    """A page, read strictly: what is opened must be closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.doctype = ""
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert len(self._open) == 1, f"<{self._open[-1].tag}> is not closed"

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open[-1])
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def all(self, *tags: str, **attributes: str) -> list[Element]:
        """The elements of these tags and attributes."""
        return self.root.all(*tags, **attributes)

    def one(self, *tags: str, **attributes: str) -> Element:
        """The only such element."""
        return self.root.one(*tags, **attributes)

    @property
    def title(self) -> str:
        return self.one("title").text

    @property
    def heading(self) -> str:
        return self.one("h1").text

    @property
    def text(self) -> str:
        """What is read in the main part."""
        return self.one("main").text

    @property
    def facts(self) -> dict[str, str]:
        """The list of facts."""
        return {row.one("dt").text: row.one("dd").text for row in self.one("dl").all("div")}

    @property
    def errors(self) -> dict[str, str]:
        """The summary of what is to be corrected: where its links lead, and what they say."""
        return {link["href"].removeprefix("#"): link.text for link in self.one(role="alert").all("a")}

    def answers(self) -> list[str]:
        """What can be chosen first."""
        return [element["value"] for element in self.all("input", name="answer")]


def fill_in(page: Page, entered: Mapping[str, str | list[str]]) -> str:
    """What a browser would post of the page's form, once a person has `entered` something into it."""
    standing = [(name, value) for name, value in _list_values(page) if name not in entered]
    chosen = [
        (name, value) for name, values in entered.items() for value in ([values] if isinstance(values, str) else values)
    ]
    return urlencode(standing + chosen)


def _list_values(page: Page) -> Iterator[tuple[str, str]]:
    for element in page.one("form").all("input", "textarea"):
        if element.tag == "textarea":
            # The first line break after the tag belongs to the page and not to the text.
            yield (
                element["name"],
                "".join(child for child in element.inside if isinstance(child, str)).removeprefix("\n"),
            )
        elif element["type"] not in ("radio", "checkbox") or "checked" in element.attributes:
            yield element["name"], element.get("value")
