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
from collections.abc import Callable, Coroutine
from copy import copy
from pathlib import Path
from typing import Any

from aegis_contracts import Contract, ContractError, bundled
from aegis_mockserver._front import LazyEvents, documents, read
from aegis_mockserver._seed import load_state
from aegis_mockserver.adapters._access_log import AccessLog
from aegis_mockserver.adapters._server import Limits, Server
from aegis_mockserver.behaviours import Behaviours
from aegis_mockserver.core._mounts import SiteClashError
from aegis_mockserver.core._site import Site
from aegis_mockserver.world import World, Worlds, read_fault
from aegis_shell import ENVIRONMENT, INTERRUPTED, OK, USAGE, CommandError, install_hint

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
        site = _site(options, names, contracts)
    except SiteClashError as error:
        raise CommandError(f"two contracts want the same place:\n{error}", USAGE) from None
    try:
        return _run(_serve(site, options, names))
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


def _site(options: argparse.Namespace, names: list[str], contracts: list[Contract]) -> Site:
    limit = options.memory_limit * 1024 * 1024
    # Ids are new at every start, or a consumer that removes duplicates would drop what a restarted mock publishes.
    worlds = Worlds(seed=options.seed or secrets.token_hex(8), number=options.world_limit, limit=limit)
    events = LazyEvents([options.events / "asyncapi.yaml"] if options.events else list(names))
    behaviours = Behaviours()
    for module in options.behaviours:
        _load_behaviours(module, behaviours)
    site = Site(
        contracts, behaviours=behaviours, events=events, seed=options.seed, validate=options.validate, worlds=worlds
    )
    site.cors = options.cors
    for path in options.scenarios:
        _load_scenarios(site, path)
    _prepare(site, options)
    return site


def _load_behaviours(name: str, behaviours: Behaviours) -> None:
    import importlib

    sys.path.insert(0, str(Path.cwd()))
    try:
        importlib.import_module(name).register(behaviours)
    except (ImportError, AttributeError) as error:
        raise CommandError(f"--behaviours {name}: {error}; it must have register(behaviours)", USAGE) from None


def _prepare(site: Site, options: argparse.Namespace) -> None:
    """
    Let every new world begin with the seed data and the faults of the command line.
    """
    try:
        faults = [read_fault(json.loads(text)) for text in options.faults]
    except ValueError as error:
        raise CommandError(f"--faults: {error}", USAGE) from None
    seeds = [_seed(path) for path in options.state]

    def prepare(world: World) -> None:
        site.scenarios.prepare(world)
        for seed in seeds:
            load_state(world, seed)
        for fault in faults:
            world.faults.add(copy(fault))

    if seeds or faults or site.scenarios:
        site.worlds.prepare = prepare
        prepare(site.worlds.default)


def _load_scenarios(site: Site, path: Path) -> None:
    from aegis_contracts._text import parse
    from aegis_mockserver.core.choices._scenarios import Scenarios, read_scenarios

    try:
        found = read_scenarios(parse(path.read_bytes(), str(path)), str(path), site.served)
    except OSError as error:
        raise CommandError(f"--scenarios {path}: {error.strerror}", USAGE) from None
    site.scenarios = Scenarios([*site.scenarios, *found])


def _seed(path: Path) -> dict[str, Any]:
    from aegis_contracts._text import parse

    try:
        value = parse(path.read_bytes(), str(path))
    except OSError as error:
        raise CommandError(f"--state {path}: {error.strerror}", USAGE) from None
    if not isinstance(value, dict):
        raise CommandError(f"--state {path}: must be an object of stores", USAGE)
    return value


async def _serve(site: Site, options: argparse.Namespace, names: list[str]) -> int:
    loop = asyncio.get_running_loop()
    server = Server(site, limits=Limits(body=options.max_body * 1024 * 1024))
    access: AccessLog | None = None
    if options.log_format != "none":
        access = AccessLog(sys.stdout.fileno(), options.log_format, loop.call_later)
        site.listeners.append(access)
    try:
        host, port = await server.start(options.host, options.port)
    except OSError as error:
        raise CommandError(_refused(options.host, options.port, error), ENVIRONMENT) from None
    kafka = await _kafka(site, options) if options.kafka else None
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
    Start what only some ask for: proxy, callbacks, watching.
    """
    from aegis_mockserver.adapters._callbacks import CallbackSender

    site.callbacks = CallbackSender(site, options.allow_callbacks)
    if options.proxy:
        from aegis_mockserver.adapters._proxy import Proxy

        if not options.proxy.startswith(("http://", "https://")):
            raise CommandError(f"--proxy {options.proxy}: must begin with http:// or https://", USAGE)
        server.proxy = Proxy(site, options.proxy)
    if not options.watch:
        return []
    from aegis_mockserver._watch import Watcher

    watcher = Watcher(site, names, say=_tell, changed=server.raw.clear, check=not options.no_check)
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


async def _kafka(site: Site, options: argparse.Namespace) -> Any:
    try:
        from aegis_mockserver._publisher import Publisher, start_embedded
    except ImportError as error:
        missing = getattr(error, "name", "") or "a package"
        raise CommandError(f"--kafka needs {missing}: {install_hint('mock')}", ENVIRONMENT) from None
    embedded = None
    bootstrap = options.kafka
    if bootstrap == "embedded":
        embedded = start_embedded(site)
        bootstrap = embedded.bootstrap_servers
    publisher = Publisher(bootstrap)
    if embedded is None:
        try:
            await publisher.start()
        except ConnectionError as error:
            raise CommandError(f"--kafka {bootstrap}: {error}", ENVIRONMENT) from None
    site.sinks.append(publisher)
    options.kafka_bootstrap = bootstrap
    return embedded


def _announce(site: Site, options: argparse.Namespace, names: list[str], host: str, port: int, kafka: Any) -> None:
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{port}"
    bootstrap = getattr(options, "kafka_bootstrap", None)
    if options.json_start_line:
        line = {"url": url, "kafka": bootstrap, "pid": os.getpid(), "documents": names}
        _say(json.dumps(line, ensure_ascii=False))
        return
    if options.log_format == "none":
        _say(url)
        return
    lines = [f"aegis mock serves {len(site.served)} operations at {url}"]
    for name, contract in zip(names, site.contracts, strict=False):
        lines.append(f"  {contract.title} {contract.version}  ({name})")
    if bootstrap:
        lines.append(f"  Kafka{' (embedded)' if kafka else ''} at {bootstrap}")
    lines.append(f"  control and page at {url}/__mock__/   Ctrl-C ends it")
    _say("\n".join(lines))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


__all__ = ["ContractError", "load_state", "serve"]
