"""
Putting the parts together for ``aegis mock``: contracts, worlds, Kafka, log, socket; and taking them apart in order.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import re
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis_contracts import Contract, ContractError, bundled, events_beside
from aegis_mockserver._front import LazyEvents, documents, read
from aegis_mockserver._prepared import Prepared
from aegis_mockserver._site import Site
from aegis_mockserver.adapters._access_log import AccessLog, Hide, Plain
from aegis_mockserver.adapters.socket._server import Server
from aegis_mockserver.adapters.socket._serving import Limits
from aegis_mockserver.behaviours import Behaviours
from aegis_mockserver.core.operations._mounts import SiteClashError
from aegis_mockserver.world import EventSink, Worlds
from aegis_mockserver.world._seed import load_state
from aegis_shell import ENVIRONMENT, INTERRUPTED, OK, USAGE, CommandError, install_hint

if TYPE_CHECKING:
    from aegis_mockserver._publisher import KafkaSink
    from aegis_mockserver.adapters._smtp import Mailroom
    from aegis_mockserver.adapters.socket._tls import Authority

log = logging.getLogger("aegis_mockserver")
_ASYNCAPI = re.compile(rb"""^[\s{]*["']?asyncapi["']?\s*:\s*["']?([0-9]+)""", re.MULTILINE)


def serve(options: argparse.Namespace) -> int:
    """
    Serve as the command line says, until a signal; returns the exit code.
    """
    said = logging.StreamHandler(sys.stderr)
    said.setFormatter(Plain("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[said])
    names = documents(options.documents)
    try:
        # The contracts inside an installed wheel were checked when it was built, and cannot have changed.
        packaged = not options.documents and bundled().name == "_bundled"
        contracts = read(names, check=not options.no_check and not packaged, hosts=options.document_host)
        if options.resources:
            return _show_resources(contracts, as_json=options.log_format == "json")
        return _run(_serve(options, names, contracts))
    except SiteClashError as error:
        raise CommandError(f"two contracts want the same place:\n{error}", USAGE) from None
    except KeyboardInterrupt:
        return INTERRUPTED


def _show_resources(contracts: Sequence[Contract], *, as_json: bool) -> int:
    from aegis_mockserver.behaviours._speakers import BehavioursAndState
    from aegis_mockserver.behaviours.resources._table import lines

    table = BehavioursAndState(Behaviours(), contracts).resources()
    text = [json.dumps(table, ensure_ascii=False)] if as_json else lines(table)
    sys.stdout.write("".join(f"{line}\n" for line in text))
    return OK


def _run(main: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop


def _site(
    options: argparse.Namespace,
    contracts: list[Contract],
    events: LazyEvents,
    access: AccessLog | None,
    sinks: Sequence[EventSink],
) -> Site:
    behaviours = Behaviours()
    for module in options.behaviours:
        _load_behaviours(module, behaviours)
    prepared = Prepared(options, contracts)
    worlds = Worlds(
        # Ids are new at every start, or a consumer that removes duplicates would drop what a restarted mock publishes.
        seed=options.seed or secrets.token_hex(8),
        number=options.world_limit,
        limit=options.memory_limit * 1024 * 1024,
        prepare=prepared,
        listeners=() if access is None else (access,),
    )
    site = Site(
        contracts,
        behaviours=behaviours,
        events=events,
        sinks=sinks,
        seed=options.seed,
        validate=options.validate or ("report" if options.proxy else "strict"),
        worlds=worlds,
        scenarios=prepared.scenarios,
        callbacks=options.allow_callbacks,
        cors=options.cors,
        hosts=[options.host, *options.allow_host],
        absent=options.absent,
    )
    prepared.check(site)
    return site


def _load_behaviours(name: str, behaviours: Behaviours) -> None:
    import importlib

    sys.path.insert(0, str(Path.cwd()))
    try:
        importlib.import_module(name).register(behaviours)
    except (ImportError, AttributeError) as error:
        raise CommandError(f"--behaviours {name}: {error}; it must have register(behaviours)", USAGE) from None


async def _serve(options: argparse.Namespace, names: list[str], contracts: list[Contract]) -> int:
    loop = asyncio.get_running_loop()
    access: AccessLog | None = None
    if options.log_format != "none":
        access = AccessLog(sys.stdout.fileno(), options.log_format, loop.call_later)
    _check(options)
    if not options.events:
        _check_beside(names, contracts, wanted=bool(options.kafka))
    events = LazyEvents([_asyncapi(options.events) or options.events] if options.events else list(names))
    kafka = await _kafka(events, options) if options.kafka else None
    site = _site(options, contracts, events, access, () if kafka is None else (kafka.publisher,))
    if access is not None:
        _hide(access, site)
    site.kafka = (kafka.publisher.bootstrap or "") if kafka is not None else ""
    server = Server(site, limits=Limits(body=options.max_body * 1024 * 1024))
    authority = _authority(options) if options.tls else None
    try:
        tls = authority.context if authority is not None else None
        host, port = await server.start(options.host, options.port, tls=tls)
    except OSError as error:
        raise CommandError(_refused(options.host, options.port, error), ENVIRONMENT) from None
    mailroom, smtp = await _smtp(site, options, authority) if options.smtp is not None else (None, None)
    background = _extras(site, server, options, names)
    stopped = asyncio.Event()
    codes: list[int] = []

    def stop(code: int) -> None:
        codes.append(code)
        stopped.set()

    for number, code in ((signal.SIGINT, INTERRUPTED), (signal.SIGTERM, OK)):
        loop.add_signal_handler(number, stop, code)
    # What is here now stays until the end: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    _announce(site, options, names, server.url(host, port), kafka, authority, smtp)
    try:
        await stopped.wait()
    finally:
        for task in background:
            task.cancel()
        await server.stop()
        if mailroom is not None:
            await mailroom.stop()
        if access is not None:
            site.worlds.settle()
        if kafka is not None:
            kafka.close()
        if authority is not None:
            authority.close()
    return codes[0] if codes else OK


def _hide(access: AccessLog, site: Site) -> None:
    """
    Let the log hide what is secret; what knows that is loaded for its first line, after the first answer.
    """

    def hides(contract: str, operation: str) -> Hide | None:
        from aegis_mockserver.control.journal._secrets import hider

        return hider(contract, operation, site)

    access.hides = hides


def _extras(site: Site, server: Server, options: argparse.Namespace, names: list[str]) -> list[asyncio.Task[None]]:
    """
    Start what only some ask for: proxy, watching.
    """
    if options.proxy:
        from aegis_mockserver.adapters.proxy._proxy import Proxy

        try:
            server.proxy = Proxy(site, options.proxy, fallback=options.fallback or "501", refuses=True)
        except ValueError as error:
            raise CommandError(f"--proxy {options.proxy}: {error}", USAGE) from None
    if not options.watch:
        return []
    from aegis_mockserver._watch import Watcher

    watcher = Watcher(site, names, say=_tell, check=not options.no_check, hosts=options.document_host)
    return [asyncio.get_running_loop().create_task(watcher.run(), name="watch")]


def _check(options: argparse.Namespace) -> None:
    """
    Refuse options that could have no effect.
    """
    if options.fallback and not options.proxy:
        raise CommandError("--fallback has an effect only with --proxy", USAGE)
    if options.absent and options.validate == "off":
        raise CommandError("--absent has no effect with --validate off, which does not look at requests", USAGE)
    if options.events and not _asyncapi(options.events):
        what = "there is no asyncapi.yaml in it" if options.events.is_dir() else "there is no such folder"
        raise CommandError(f"--events {options.events}: {what}", USAGE)
    if options.events:
        from aegis_contracts.events import load_events

        try:
            load_events(options.events)
        except ContractError as error:
            raise CommandError(f"--events {options.events}: {error}", USAGE) from None


def _check_beside(names: list[str], contracts: list[Contract], *, wanted: bool) -> None:
    """
    Refuse event contracts beside a document that are of an AsyncAPI which is not read, where events are wanted.

    Only their version is looked at here; they are read when the first event is built.
    """
    if not wanted and not any(
        "x-emits" in one.extensions for contract in contracts for one in contract.operations.values()
    ):
        return
    for name in names:
        folder = None if name.startswith(("http://", "https://")) else events_beside(name)
        if folder is None or (path := _asyncapi(folder)) is None:
            continue
        major = _ASYNCAPI.search(path.read_bytes())
        if major is not None and major[1] != b"3":
            from aegis_contracts.events import load_events

            try:
                load_events(folder)
            except ContractError as error:
                raise CommandError(f"the events beside {name}: {error}", USAGE) from None
        return


def _asyncapi(folder: Path) -> Path | None:
    names = ("asyncapi.yaml", "asyncapi.yml", "asyncapi.json")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _authority(options: argparse.Namespace) -> Authority:
    from aegis_mockserver.adapters.socket._tls import Authority, names_for

    try:
        return Authority(names_for(options.host, (name for name in options.allow_host if name != "*")))
    except ImportError:
        raise CommandError(f"--tls needs trustme: {install_hint('tls')}", ENVIRONMENT) from None


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _refused(host: str, port: int, error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another with --port, or --port 0 for a free one"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} needs more rights; choose one above 1023 with --port"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"


async def _smtp(site: Site, options: argparse.Namespace, authority: Authority | None) -> tuple[Mailroom, str]:
    try:
        from aegis_mockserver.adapters._smtp import Mailroom
    except ImportError:
        raise CommandError(f"--smtp needs aiosmtpd: {install_hint('mock')}", ENVIRONMENT) from None
    tls = authority.context if authority is not None else None
    mailroom = Mailroom(site.worlds, size=options.max_body * 1024 * 1024, tls=tls)
    try:
        port = await mailroom.start(options.host, options.smtp)
    except OSError as error:
        said = _refused(options.host, options.smtp, error).replace("--port", "--smtp")
        raise CommandError(said, ENVIRONMENT) from None
    return mailroom, f"{options.host}:{port}"


async def _kafka(events: LazyEvents, options: argparse.Namespace) -> KafkaSink:
    try:
        from aegis_mockserver._publisher import start_sink
    except ImportError as error:
        missing = getattr(error, "name", "") or "a package"
        raise CommandError(f"--kafka needs {missing}: {install_hint('mock')}", ENVIRONMENT) from None
    try:
        return await start_sink(options.kafka, events.topics)
    except ConnectionError as error:
        raise CommandError(f"--kafka {options.kafka}: {error}", ENVIRONMENT) from None


def _announce(
    site: Site,
    options: argparse.Namespace,
    names: list[str],
    url: str,
    kafka: KafkaSink | None,
    authority: Authority | None,
    smtp: str | None,
) -> None:
    bootstrap = kafka.publisher.bootstrap if kafka is not None else None
    trusted = str(authority.path) if authority is not None else None
    if options.json_start_line:
        line = {"url": url, "kafka": bootstrap, "pid": os.getpid(), "documents": names}
        if trusted is not None:
            line["ca"] = trusted
        if smtp is not None:
            line["smtp"] = smtp
        _say(json.dumps(line, ensure_ascii=False))
        return
    if options.log_format == "none":
        _say(url)
        if trusted is not None:
            _say(trusted)
        if smtp is not None:
            _say(smtp)
        return
    lines = [f"aegis mock serves {len(site.operations)} operations at {url}"]
    for name, contract in zip(names, site.contracts, strict=False):
        lines.append(f"  {contract.title} {contract.version}  ({name})")
    if kafka is not None:
        lines.append(f"  Kafka{' (embedded)' if kafka.embedded else ''} at {bootstrap}")
    if smtp is not None:
        lines.append(f"  SMTP at {smtp}")
    if trusted is not None:
        lines.append(f"  certificate authority for clients to trust: {trusted}")
    if options.routes:
        lines += _routes(site, url)
    lines.append(f"  control and page at {url}/__mock__/   Ctrl-C ends it")
    _say("\n".join(lines))


def _routes(site: Site, url: str) -> list[str]:
    """
    List every operation with an address that its contract's examples make, ready to be tried.
    """
    from aegis_mockserver.control.requests._samples import sample

    world = site.worlds.default
    shown = [(served, sample(served, world).target) for served in site.operations]
    return [f"  {served.declared.method:<7} {url}{target}   {served.key}" for served, target in shown]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


__all__ = ["ContractError", "load_state", "serve"]
