"""
How the story is told: chapters with what was called and what came of it, and a summary at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDEST = 100


@dataclass(frozen=True, slots=True)
class Chapter:
    """
    A chapter that was told: how long it took, and in a few words what happened.
    """

    title: str
    seconds: float
    outcome: str


class Teller:
    """
    Tells the story on a terminal of any width, with or without colour.

    Args:
        quiet: say nothing; the summary goes elsewhere.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(quiet=quiet, highlight=False, soft_wrap=False)
        self._console.width = min(self._console.width, WIDEST)

    def begin(self, title: str, subtitle: str) -> None:
        """
        Say what the story is about.
        """
        self._console.print()
        self._console.print(Text(title, "bold"))
        self._console.print(Text(subtitle, "dim"))

    def chapter(self, number: int, title: str) -> None:
        """
        Begin a chapter.
        """
        self._console.print()
        self._console.print(Text.assemble((f"{number:>2}  ", "bold cyan"), (title, "bold")))

    def call(self, code: str) -> None:
        """
        Show what is called.
        """
        self._indented(Text(code, "cyan"))

    def say(self, sentence: str) -> None:
        """
        Tell what happened.
        """
        self._indented(Text(sentence))

    def facts(self, facts: Mapping[str, object]) -> None:
        """
        Show names and values under each other.
        """
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts.items():
            table.add_row(name, Text(str(value)))
        self._indented(table)

    def table(self, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """
        Show rows.
        """
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for name in names:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        self._indented(table)

    def error(self, error: BaseException) -> None:
        """
        Show an error as somebody would see it who did not catch it.
        """
        self._indented(Text.assemble((type(error).__name__, "bold yellow"), (f"  {error}", "yellow")))

    def done(self, chapter: Chapter) -> None:
        """
        End a chapter.
        """
        self._indented(Text.assemble(("✓ ", "bold green"), (chapter.outcome, "green")))

    def summary(self, chapters: Sequence[Chapter], seconds: float) -> None:
        """
        Show all chapters with their times.
        """
        self._console.print()
        self._console.print(Text("What happened", "bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, show_edge=False)
        table.add_column(justify="right", style="cyan", no_wrap=True)
        table.add_column(overflow="fold", style="bold")
        table.add_column(overflow="fold")
        table.add_column(justify="right", style="dim", no_wrap=True)
        for number, chapter in enumerate(chapters, 1):
            table.add_row(str(number), chapter.title, Text(chapter.outcome), f"{chapter.seconds:.2f} s")
        self._indented(table)
        self._console.print()
        self._console.print(Text(f"Everything happened as it should, in {seconds:.1f} seconds.", "bold green"))
        self._console.print()

    def _indented(self, shown: Text | Table) -> None:
        self._console.print(Padding(shown, (0, 0, 0, 4), expand=False))
