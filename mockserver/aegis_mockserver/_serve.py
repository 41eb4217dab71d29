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
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis_contracts import Contract, ContractError, bundled
from aegis_mockserver._front import LazyEvents, documents, read
from aegis_mockserver._site import Site
from aegis_mockserver.adapters._access_log import AccessLog
from aegis_mockserver.adapters._server import Limits, Server
from aegis_mockserver.behaviours import Behaviours
from aegis_mockserver.core._scenarios import Scenario, Scenarios
from aegis_mockserver.core.operations._mounts import SiteClashError
from aegis_mockserver.world import EventSink, World, Worlds, read_fault
from aegis_mockserver.world._seed import load_state
from aegis_shell import ENVIRONMENT, INTERRUPTED, OK, USAGE, CommandError, install_hint

if TYPE_CHECKING:
    from aegis_mockserver._publisher import KafkaSink

log = logging.getLogger("aegis_mockserver")


def serve(options: argparse.Namespace) -> int:
    """
    Serve as the command line says, until a signal; returns the exit code.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    names = documents(options.documents)
    try:
        # The contracts inside an installed wheel were checked when it was built, and cannot have changed.
        packaged = not options.documents and bundled().name == "_bundled"
        contracts = read(names, check=not options.no_check and not packaged)
        return _run(_serve(options, names, contracts))
    except SiteClashError as error:
        raise CommandError(f"two contracts want the same place:\n{error}", USAGE) from None
    except KeyboardInterrupt:
        return INTERRUPTED


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
    scenarios = _scenarios(options, contracts)
    worlds = Worlds(
        # Ids are new at every start, or a consumer that removes duplicates would drop what a restarted mock publishes.
        seed=options.seed or secrets.token_hex(8),
        number=options.world_limit,
        limit=options.memory_limit * 1024 * 1024,
        prepare=_prepare(options, scenarios),
        listeners=() if access is None else (access,),
    )
    return Site(
        contracts,
        behaviours=behaviours,
        events=events,
        sinks=sinks,
        seed=options.seed,
        validate=options.validate,
        worlds=worlds,
        scenarios=scenarios,
        callbacks=options.allow_callbacks,
        cors=options.cors,
    )


def _load_behaviours(name: str, behaviours: Behaviours) -> None:
    import importlib

    sys.path.insert(0, str(Path.cwd()))
    try:
        importlib.import_module(name).register(behaviours)
    except (ImportError, AttributeError) as error:
        raise CommandError(f"--behaviours {name}: {error}; it must have register(behaviours)", USAGE) from None


def _prepare(options: argparse.Namespace, scenarios: Scenarios) -> Callable[[World], None]:
    """
    Let every new world begin with the scenarios, the seed data and the faults of the command line.
    """
    try:
        faults = [read_fault(json.loads(text)) for text in options.faults]
    except ValueError as error:
        raise CommandError(f"--faults: {error}", USAGE) from None
    seeds = [_seed(path) for path in options.state]

    def prepare(world: World) -> None:
        scenarios.prepare(world)
        for seed in seeds:
            load_state(world, seed)
        for fault in faults:
            world.faults.add(fault)

    return prepare


def _scenarios(options: argparse.Namespace, contracts: list[Contract]) -> Scenarios:
    from aegis_contracts._text import parse
    from aegis_mockserver.core._scenarios import read_scenarios

    found: list[Scenario] = []
    for path in options.scenarios:
        operations = (operation for contract in contracts for operation in contract.all_operations())
        try:
            found += read_scenarios(parse(path.read_bytes(), str(path)), str(path), operations)
        except OSError as error:
            raise CommandError(f"--scenarios {path}: {error.strerror}", USAGE) from None
    return Scenarios(found)


def _seed(path: Path) -> dict[str, Any]:
    from aegis_contracts._text import parse

    try:
        value = parse(path.read_bytes(), str(path))
    except OSError as error:
        raise CommandError(f"--state {path}: {error.strerror}", USAGE) from None
    if not isinstance(value, dict):
        raise CommandError(f"--state {path}: must be an object of stores", USAGE)
    return value


async def _serve(options: argparse.Namespace, names: list[str], contracts: list[Contract]) -> int:
    loop = asyncio.get_running_loop()
    access: AccessLog | None = None
    if options.log_format != "none":
        access = AccessLog(sys.stdout.fileno(), options.log_format, loop.call_later)
    events = LazyEvents([options.events / "asyncapi.yaml"] if options.events else list(names))
    kafka = await _kafka(events, options) if options.kafka else None
    site = _site(options, contracts, events, access, () if kafka is None else (kafka.publisher,))
    server = Server(site, limits=Limits(body=options.max_body * 1024 * 1024))
    try:
        host, port = await server.start(options.host, options.port)
    except OSError as error:
        raise CommandError(_refused(options.host, options.port, error), ENVIRONMENT) from None
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
    _announce(site, options, names, host, port, kafka)
    try:
        await stopped.wait()
    finally:
        for task in background:
            task.cancel()
        await server.stop()
        if access is not None:
            access.flush()
        if kafka is not None:
            kafka.close()
    return codes[0] if codes else OK


def _extras(site: Site, server: Server, options: argparse.Namespace, names: list[str]) -> list[asyncio.Task[None]]:
    """
    Start what only some ask for: proxy, watching.
    """
    if options.proxy:
        from aegis_mockserver.adapters._proxy import Proxy

        if not options.proxy.startswith(("http://", "https://")):
            raise CommandError(f"--proxy {options.proxy}: must begin with http:// or https://", USAGE)
        server.proxy = Proxy(site, options.proxy)
    if not options.watch:
        return []
    from aegis_mockserver._watch import Watcher

    watcher = Watcher(site, names, say=_tell, check=not options.no_check)
    return [asyncio.get_running_loop().create_task(watcher.run(), name="watch")]


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
    site: Site, options: argparse.Namespace, names: list[str], host: str, port: int, kafka: KafkaSink | None
) -> None:
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}"
    bootstrap = kafka.publisher.bootstrap if kafka is not None else None
    if options.json_start_line:
        line = {"url": url, "kafka": bootstrap, "pid": os.getpid(), "documents": names}
        _say(json.dumps(line, ensure_ascii=False))
        return
    if options.log_format == "none":
        _say(url)
        return
    lines = [f"aegis mock serves {len(site.operations)} operations at {url}"]
    for name, contract in zip(names, site.contracts, strict=False):
        lines.append(f"  {contract.title} {contract.version}  ({name})")
    if kafka is not None:
        lines.append(f"  Kafka{' (embedded)' if kafka.embedded else ''} at {bootstrap}")
    lines.append(f"  control and page at {url}/__mock__/   Ctrl-C ends it")
    _say("\n".join(lines))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


__all__ = ["ContractError", "load_state", "serve"]
