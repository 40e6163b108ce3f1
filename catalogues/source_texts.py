"""The texts that people read in source files: in Python code, in templates, and in the help of commands."""

import ast
import re
from collections.abc import Iterator

_HAS_WORDS = re.compile(r"[A-Za-z].*( |[.?!]$)")


def list_texts(source: ast.AST) -> Iterator[str]:
    """Every text for people in Python code, without docstrings and errors; what is filled in is in braces."""
    left_out = {id(part) for part in _find_docstrings(source)}
    for node in ast.walk(source):
        if isinstance(node, ast.JoinedStr | ast.Raise):
            left_out |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(source):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in left_out:
            text = describe_text(node)
            if _HAS_WORDS.search(re.sub(r"\{[^}]*\}", "", text)):
                yield text


def describe_text(node: ast.AST) -> str:
    """A text as people can read it in the code: `{ref}` for a value, `one / other` for a choice."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(describe_text, parts))
        case ast.FormattedValue(value=ast.IfExp() as choice):
            return describe_text(choice)
        case ast.FormattedValue(value=value):
            return f"{{{_name_of(value)}}}"
        case ast.IfExp(body=body, orelse=other):
            return " / ".join(filter(None, map(describe_text, (body, other))))
        case ast.Constant():
            return ""
        case _:
            return f"{{{_name_of(node)}}}"


def _name_of(node: ast.AST) -> str:
    """What is filled in, by the name of the value that it comes from."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").replace("_", " ").lower()
        case ast.Call(args=[first, *_]):
            return _name_of(first)
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value):
            return _name_of(value)
        case ast.BoolOp(values=[first, *_]):
            return _name_of(first)
        case _:
            return "…"


def _find_docstrings(source: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(source):
        for statement in getattr(node, "body", ()) if isinstance(getattr(node, "body", ()), list) else ():
            match statement:
                case ast.Expr(value=ast.Constant(value=str()) as docstring):
                    yield docstring


def list_template_texts(template: str) -> Iterator[str]:
    """Every paragraph of a template, without tags; what is filled in is in braces."""
    text = re.sub(r"\{%.*?%\}", "", template, flags=re.DOTALL)
    text = re.sub(r"\{\{\s*(.*?)\s*\}\}", lambda match: "{" + match[1].replace("_", " ") + "}", text, flags=re.DOTALL)
    text = re.sub(r"</?(p|h1|h2|div|dt|dd|li|label|button|legend)\b[^>]*>", "\n\n", text)
    for paragraph in re.split(r"\n\s*\n", re.sub(r"<[^>]*>", "", text)):
        words = " ".join(paragraph.split())
        if _HAS_WORDS.search(re.sub(r"\{[^}]*\}", "", words)):
            yield words


def list_command_help(source: ast.Module) -> Iterator[tuple[str, str]]:
    """Each command in Python code with its help: the docstring, and the help of its own arguments and options."""
    for node in ast.walk(source):
        if not isinstance(node, ast.FunctionDef):
            continue
        named = [name for decorator in node.decorator_list if (name := _command_name(decorator, node.name))]
        if named:
            yield named[0], " ".join([ast.get_docstring(node) or "", *_find_help(node.args)])


def list_option_help(source: ast.Module) -> Iterator[str]:
    """The help of arguments and options that several commands of a file share."""
    for statement in source.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from _find_help(statement)


def _find_help(source: ast.AST) -> Iterator[str]:
    for node in ast.walk(source):
        if isinstance(node, ast.keyword) and node.arg == "help":
            yield describe_text(node.value)


def _command_name(decorator: ast.expr, function: str) -> str:
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=group), attr="command"), args=args):
            match args:
                case [ast.Constant(value=str(name)), *_]:
                    own = name
                case _:
                    own = function.rstrip("_").replace("_", "-")
            return own if group == "commands" else f"{group} {own}"
        case _:
            return ""
