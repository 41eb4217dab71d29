"""
One HTML file that needs nothing else, in the colours of the mock's page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from aegis_contracts import Operation
from aegis_verifier._values import Outcome
from aegis_verifier.reports import _shown
from aegis_verifier.reports._coverage import coverage
from aegis_verifier.reports._findings import Finding
from aegis_verifier.runner import Run

_MARK = (
    '<svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true"><path d="M16 2.5 27 6.6v8.6c0 7-4.4 11.9-11 '
    '14.3C9.4 27.1 5 22.2 5 15.2V6.6z" fill="#0f766e"/><path d="m10.5 20.5 5.5-11 5.5 11M12.6 16.7h6.8" fill="none" '
    'stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_STYLE = """
:root { color-scheme: light dark; --ground: light-dark(#f6f7f6, #101413); --paper: light-dark(#fff, #171c1b);
--sunk: light-dark(#f0f3f1, #1e2523); --line: light-dark(#dfe5e2, #2b3431); --ink: light-dark(#16201d, #e6ecea);
--soft: light-dark(#55635e, #a0aeaa); --accent: light-dark(#0f766e, #4fd1c0); --good: light-dark(#15703b, #6ddc98);
--warn: light-dark(#8a5300, #f2b84b); --bad: light-dark(#b3261e, #ff8f85); --bad-ground: light-dark(#fdeceb, #3a1b19);
--mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "D2Coding", monospace;
--sans: Pretendard, system-ui, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 var(--sans); }
.bar { display: flex; gap: 10px; align-items: center; padding: 12px 22px; background: var(--paper);
border-bottom: 1px solid var(--line); font-weight: 680; } .bar small { color: var(--soft); font-weight: 400; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 22px 60px; } h1 { font-size: 1.5rem; margin: 0 0 4px; }
h2 { font-size: 1.1rem; margin: 28px 0 10px; } .note { color: var(--soft); margin: 0; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 18px 0; }
.card, details, table { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 12px 16px; } .card b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: .88rem; } details { margin: 8px 0; padding: 10px 16px; }
details.error { border-left: 4px solid var(--bad); } details.warning { border-left: 4px solid var(--warn); }
details.known { border-left: 4px solid var(--line); } summary { cursor: pointer; overflow-wrap: anywhere; }
code, pre { font-family: var(--mono); font-size: .86rem; } pre { background: var(--sunk); border-radius: 8px;
padding: 10px 12px; white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0; } dl { display: grid;
grid-template-columns: 90px 1fr; gap: 4px 12px; margin: 10px 0; } dt { color: var(--soft); } dd { margin: 0; }
table { width: 100%; border-collapse: collapse; overflow: hidden; } th, td { text-align: left; padding: 7px 12px;
border-bottom: 1px solid var(--line); vertical-align: top; } tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 500; } ul { margin: 6px 0; padding-left: 20px; } li { overflow-wrap: anywhere; }
td, dd, summary { overflow-wrap: anywhere; }
@media (max-width: 600px) { .cards { grid-template-columns: 1fr 1fr; } main { padding: 16px 14px 40px; }
table { table-layout: fixed; } th, td { padding: 7px 9px; } td details { padding: 6px 8px; }
dl { grid-template-columns: 1fr; } dd + dt { margin-top: 6px; } }
"""


def as_html(run: Run, found: list[Finding]) -> str:
    """
    Return the report as one page.
    """
    return "\n".join(_page(run, found)) + "\n"


def _page(run: Run, found: list[Finding]) -> Iterator[str]:
    errors = [finding for finding in found if finding.severity == "error" and not finding.known]
    titles = ", ".join(f"{contract.title} {contract.version}" for contract in run.contracts)
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>aegis verify: {escape(titles)}</title><style>{_STYLE}</style></head><body>"
    yield f'<header class="bar">{_MARK}aegis verify <small>{escape(run.address)}</small></header><main>'
    said = f"leaves its contract in {len(errors)} ways" if errors else "keeps its contract as far as was looked"
    yield f'<h1 class="{"bad" if errors else "good"}">The provider {said}</h1>'
    yield f'<p class="note">{escape(titles)} · seed <code>{escape(run.settings.seed)}</code></p>'
    yield from _cards(run)
    for title, chosen in _groups(found):
        if chosen:
            yield f"<h2>{title} ({len(chosen)})</h2>"
            for finding in chosen:
                yield from _finding(run, finding)
    yield "<h2>What was checked</h2>"
    yield from _table(run)
    yield "<h2>What was not covered</h2>"
    for share in coverage(run).shares:
        if share.missing:
            rows = "".join(f"<li>{escape(name)}</li>" for name in share.missing)
            yield f"<details><summary>{escape(str(share))}</summary><ul>{rows}</ul></details>"
    yield "</main></body></html>"


def _groups(found: list[Finding]) -> list[tuple[str, list[Finding]]]:
    return [
        ("What is wrong", [f for f in found if f.severity == "error" and not f.known]),
        ("Known, and let pass", [f for f in found if f.known]),
        ("Worth a look", [f for f in found if f.severity == "warning" and not f.known]),
    ]


def _cards(run: Run) -> Iterator[str]:
    verdicts = Counter(outcome.verdict for outcome in run.outcomes)
    yield '<div class="cards">'
    for number, said, kind in (
        (verdicts["held"], "claims held", "good"),
        (verdicts["broken"], "claims broken", "bad" if verdicts["broken"] else ""),
        (verdicts["open"], "not decided", ""),
        (run.exchanges, f"exchanges in {run.seconds:.1f} s", ""),
    ):
        yield f'<div class="card"><b class="{kind}">{number}</b><span>{said}</span></div>'
    for share in coverage(run).shares:
        told = f"{len(share.all & share.covered)} / {len(share.all)}"
        yield f'<div class="card"><b>{told}</b><span>{share.name}</span></div>'
    yield "</div>"


def _finding(run: Run, finding: Finding) -> Iterator[str]:
    violation, exchange = finding.violation, finding.exchange
    kind = "known" if finding.known else finding.severity
    place = f"<code>{escape(violation.pointer or '/')}</code>"
    yield f'<details class="{kind}"><summary><b>{escape(finding.operation)}</b> {place} {escape(violation.message)} '
    yield f'<code class="note">{escape(violation.rule)}</code></summary><dl>'
    rows = [
        ("claim", f"{finding.cases[0].operation.key} {finding.cases[0].claim}"),
        ("contract", violation.schema),
        ("mend", violation.mend),
        ("finding", finding.fingerprint),
        ("known", finding.known),
        ("cases", ", ".join(case.id for case in finding.cases[:8])),
    ]
    yield from (f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in rows if text)
    yield "</dl>"
    if exchange is not None:
        contract = exchange.request.operation.contract
        yield f"<pre>{escape(_shown.curl(exchange, run.address))}</pre>"
        yield f"<pre>{escape(_shown.answer(exchange.response, contract))}</pre>"
    yield "</details>"


def _table(run: Run) -> Iterator[str]:
    yield "<table><thead><tr><th>operation</th><th>claims</th></tr></thead><tbody>"
    rows: dict[str, tuple[Operation, list[Outcome]]] = {}
    for outcome in run.outcomes:
        rows.setdefault(outcome.case.operation.key, (outcome.case.operation, []))[1].append(outcome)
    for key, (operation, outcomes) in rows.items():
        broken = any(outcome.verdict == "broken" for outcome in outcomes)
        mark = '<span class="bad">✗</span>' if broken else '<span class="good">✓</span>'
        said = (
            operation.contract.title if operation.contract in run.workflows else f"{operation.method} {operation.path}"
        )
        summary = escape(said)
        claims = "".join(_claim(outcome) for outcome in outcomes)
        yield f"<tr><td>{mark} <b>{escape(key)}</b><br><code>{summary}</code></td><td><details><summary>"
        yield f"{len(outcomes)} claims</summary><ul>{claims}</ul></details></td></tr>"
    yield "</tbody></table>"


def _claim(outcome: Outcome) -> str:
    kind = {"held": "good", "broken": "bad", "open": "warn"}[outcome.verdict]
    more = f" — {escape(outcome.open)}" if outcome.open else ""
    told = f'<span class="{kind}">{outcome.verdict}</span>'
    return f"<li>{told} {escape(outcome.case.kind)}: {escape(outcome.case.claim)}{more}</li>"
