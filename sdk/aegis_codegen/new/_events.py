"""
A new event type, or a new version of one: schema, channel, operation, message, and examples of both kinds.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from aegis_codegen.new._fields import object_of, read_fields
from aegis_codegen.new._text import added, dumped
from aegis_contracts import bundled
from aegis_contracts.events import EventCatalog, EventType, lint_events, load_events
from aegis_contracts.instances import generate, invalidate
from aegis_shell import CommandError, did_you_mean

VALID, INVALID = 3, 8
_MODEL = "user.deleted.v1.json"
_NAME = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)*")


def new_event(
    folder: Path, name: str, fields: Sequence[str] = (), *, version: int = 1, like: str = "", topic: str = ""
) -> dict[Path, str]:
    """
    Make an event type: path → text of every file to write.

    Args:
        folder: holds ``asyncapi.yaml``; one without it begins with an envelope and a document of its own.
        name: such as ``OrderPlaced``; one that is there needs the next *version*, and keeps its fields.
        fields: what the event tells, as ``name:type``; for a version, what it tells beyond the one before.
        like: the event type whose envelope, channel and key are copied; left out, the version before, or the first one.
        topic: where it goes; left out, named as the others are.

    Raises:
        CommandError: the name, a field or the version cannot be, or what was made does not hold.
        ContractError: the folder cannot be read.
    """
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name} is no name of an event type; write it like OrderPlaced: something that has happened"
        )
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "schemas"
        _begin(folder, work)
        catalog = load_events(work)
        source = _source(catalog, name, version, like)
        before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()} if _started(folder) else {}
        _write(work, source, name, version, fields, topic)
        if not _started(folder):
            _leave_out(work, source)
        _write_examples(work, load_events(work)[name, version], source)
        _hold(work)
        after = {path: path.read_text("utf-8") for path in sorted(work.rglob("*")) if path.is_file()}
        return {
            folder / path.relative_to(work): text for path, text in after.items() if before.get(path) != text.encode()
        }


def _started(folder: Path) -> bool:
    return (folder / "asyncapi.yaml").is_file()


def _begin(folder: Path, work: Path) -> None:
    if _started(folder):
        shutil.copytree(folder, work)
        return
    # The first event of a folder: what every event of it will carry comes from ours, and is copied from one of ours.
    ours = bundled() / "schemas"
    work.mkdir(parents=True)
    shutil.copy(ours / _MODEL, work)
    envelope = json.loads((ours / "envelope.v1.json").read_text("utf-8"))
    envelope["description"] = (
        "What every event carries around its data. Readers ignore properties that they do not know."
    )
    envelope["properties"]["aggregateId"] |= {
        "description": "What the event is about. It is the record key, so its events stay in order."
    }
    envelope["properties"]["aggregateId"].pop("x-write-default", None)
    _dump(work / "envelope.v1.json", envelope)
    whole = dict(_document((ours / "asyncapi.yaml").read_text("utf-8")))
    beside = _beside(whole, _MODEL)
    channel = {name: value for name, value in beside.channel.items() if name != "x-consumers"}
    whole |= {"id": "urn:example:events", "info": {"title": "Events", "version": "1.0.0"}}
    whole.pop("servers", None)
    whole["channels"] = {"model": channel}
    whole["operations"] = {"sendModel": {"action": "send", "channel": {"$ref": "#/channels/model"}}}
    whole["components"]["messages"] = {beside.message["name"]: beside.message}
    (work / "asyncapi.yaml").write_text(dumped(whole), "utf-8")


def _leave_out(work: Path, model: EventType) -> None:
    """
    Take the event that the first one of a folder was copied from out again.
    """
    document = dict(_document((work / "asyncapi.yaml").read_text("utf-8")))
    document["channels"].pop("model")
    document["operations"].pop("sendModel")
    document["components"]["messages"].pop(model.name)
    (work / "asyncapi.yaml").write_text("\n".join(dumped({key: value}) for key, value in document.items()), "utf-8")
    (work / _MODEL).unlink()


def _source(catalog: EventCatalog, name: str, version: int, like: str) -> EventType:
    known = {event.name for event in catalog.values()}
    if (name, version) in catalog:
        raise CommandError(f"{name} has a version {version}; the next one is --version {version + 1}")
    if version > 1 and (name, version - 1) not in catalog:
        raise CommandError(f"{name} has no version {version - 1}; there is {', '.join(sorted(known))}")
    wanted = like or (name if version > 1 else "")
    if wanted:
        found = [event for event in catalog.values() if wanted in {event.name, event.id}]
        if not found:
            raise CommandError(
                f"there is no event type {wanted}; {did_you_mean(wanted, known) or ', '.join(sorted(known))}"
            )
        return found[-1]
    return next(iter(catalog.values()))


def _write(work: Path, source: EventType, name: str, version: int, fields: Sequence[str], topic: str) -> None:
    old = json.loads((work / Path(source.source).name).read_text("utf-8"))
    file = f"{_file_name(name)}.v{version}.json"
    schema = _schema(old, source, name, version, fields, file)
    (work / file).write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    asyncapi = work / "asyncapi.yaml"
    text = asyncapi.read_text("utf-8")
    message = name if version == 1 else f"{name}V{version}"
    document = _document(text)
    beside = _beside(document, Path(source.source).name)
    address = topic or _topic(source, name, version)
    channel, sends = _lowered(message), f"send{message}"
    described = deepcopy(beside.channel)
    described |= {"address": address, "messages": {message: {"$ref": f"#/components/messages/{message}"}}}
    described |= {"title": _words(message), "description": f"Events {name}, version {version}."}
    if (bindings := described.get("bindings", {}).get("kafka", {})).get("topic"):
        bindings["topic"] = address
    text = added(text, ["channels"], dumped({channel: described}))
    operation = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "title": _words(message),
        "summary": f"Tells {name}.",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
    }
    text = added(text, ["operations"], dumped({sends: operation}))
    told = deepcopy(beside.message)
    told |= {
        "name": name,
        "title": _words(message),
        "summary": schema["description"],
        "payload": {"$ref": f"./{file}"},
    }
    text = added(text, ["components", "messages"], dumped({message: told}))
    asyncapi.write_text(text, "utf-8")


def _schema(old: Any, source: EventType, name: str, version: int, fields: Sequence[str], file: str) -> dict[str, Any]:
    made = deepcopy(old)
    base = str(old.get("$id", f"https://example.com/{file}")).rpartition("/")[0]
    made |= {"$id": f"{base}/{file}", "title": name if version == 1 else f"{name} version {version}"}
    if name != source.name:
        made["description"] = f"{_words(name)}."
    for member in made.get("properties", {}).values():
        if isinstance(member, dict) and member.get("const") == source.name:
            member["const"] = name
        elif isinstance(member, dict) and member.get("const") == source.version and member["const"] is not True:
            member["const"] = version
    data: dict[str, Any] | None = next(
        (each for each in made.get("properties", {}).values() if isinstance(each, dict) and "properties" in each), None
    )
    if data is None:
        raise CommandError(
            f"{source.source} has no member with properties of its own, so nothing can be copied; name another: --like"
        )
    known = _known(source)
    wanted = object_of(read_fields(fields), known)
    if name == source.name:
        data["properties"] |= wanted["properties"]
        data["required"] = list(dict.fromkeys([*data.get("required", ()), *wanted.get("required", ())]))
    else:
        # In a folder with events of its own they are about the same thing.
        kept = _identity(data) if source.examples else {}
        data |= wanted | {"title": f"{name} data", "description": f"What an event {name} tells."}
        data["properties"] = kept | wanted["properties"]
        data["required"] = list(dict.fromkeys([*kept, *wanted.get("required", ())]))
    return dict(made)


def _identity(data: Mapping[str, Any]) -> dict[str, Any]:
    """
    What says whom the event is about: the first required member that is named as an id.
    """
    named = [name for name in data.get("required", ()) if name.lower().endswith("id")]
    return {name: data["properties"][name] for name in named[:1]}


def _known(source: EventType) -> dict[str, str]:
    """
    The definitions of the envelope, by name, each with the reference that an event's schema uses.
    """
    found: dict[str, str] = {}
    for path in sorted(source.folder.glob("envelope*.json")):
        definitions = json.loads(path.read_text("utf-8")).get("$defs", {})
        found |= {name: f"{path.name}#/$defs/{name}" for name in definitions}
    return found


class _Beside:
    def __init__(self, channel: dict[str, Any], message: dict[str, Any]) -> None:
        self.channel, self.message = channel, message


def _beside(document: Mapping[str, Any], file: str) -> _Beside:
    messages: Mapping[str, Any] = document.get("components", {}).get("messages", {})
    for name, message in messages.items():
        if str(message.get("payload", {}).get("$ref", "")).endswith(file):
            for channel in document.get("channels", {}).values():
                if name in channel.get("messages", {}):
                    return _Beside(channel, message)
    raise CommandError(
        f"asyncapi.yaml has no channel whose message is {file} among components/messages; name another event: --like"
    )


def _document(text: str) -> Mapping[str, Any]:
    import yaml

    return dict(yaml.safe_load(text))


def _write_examples(work: Path, event: EventType, source: EventType) -> None:
    root = work / "examples" / event.id
    valid = list(_valid(event, source))
    for number, instance in enumerate(valid, 1):
        _dump(root / "valid" / f"{number:02}-example.json", instance)
    for number, (pointer, rule, instance) in enumerate(_invalid(event, valid), 1):
        dotted = pointer.removeprefix("/").replace("/", ".") or "root"
        _dump(root / "invalid" / f"{number:02}-{dotted}-{rule}.json", instance)


def _valid(event: EventType, source: EventType) -> Iterator[Any]:
    older = (
        [json.loads(example.read()) for example in source.examples if example.valid]
        if event.name == source.name
        else []
    )
    number = 0
    made: list[Any] = []
    while len(made) < VALID and number < 50:
        instance = generate(event.schema, f"{event.id}:{number}", examples=number == 0)
        if number < len(older):
            instance = _merged(older[number], instance, event)
        number += 1
        instance = _consistent(instance)
        if not event.violations(instance) and instance not in made:
            made.append(instance)
            yield instance


def _merged(old: Any, made: Any, event: EventType) -> Any:
    """
    An example of the version before, with what is new in this one.
    """
    if not isinstance(old, dict) or not isinstance(made, dict):
        return old
    merged = {**made, **{name: _merged(value, made.get(name, value), event) for name, value in old.items()}}
    return {
        name: (made[name] if value == event.version - 1 and name in made else value) for name, value in merged.items()
    }


def _consistent(instance: Any) -> Any:
    data = instance.get("data") if isinstance(instance, dict) else None
    if isinstance(data, dict) and "aggregateId" in instance and "userId" in data:
        instance["aggregateId"] = data["userId"]
    return instance


def _invalid(event: EventType, valid: Sequence[Any]) -> Iterator[tuple[str, str, Any]]:
    seen: set[tuple[str, str]] = set()
    first: list[tuple[str, str, Any]] = []
    rest: list[tuple[str, str, Any]] = []
    for number, value in enumerate(valid):
        for broken in invalidate(event.schema, value, f"{event.id}:{number}"):
            found = [(violation.pointer, violation.rule) for violation in event.violations(broken.instance)]
            if len(found) != 1 or found[0] in seen or not re.fullmatch(r"[A-Za-z_]+", found[0][1]):
                continue
            if found[0][1] == "const" and found[0][0].count("/") == 1:
                continue  # another name or version is another event: whoever reads it holds it to that one
            seen.add(found[0])
            (first if found[0][0].count("/") > 1 else rest).append((*found[0], broken.instance))
    yield from [*first[: INVALID + 2], *rest][: INVALID + 4]


def _dump(path: Path, instance: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(instance, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _hold(work: Path) -> None:
    errors = [finding for finding in lint_events(work) if finding.severity == "error"]
    if errors:
        told = "\n".join(str(finding).replace(f"{work}/", "") for finding in errors)
        raise CommandError(f"what was made does not hold, so nothing was written:\n{told}")


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower().capitalize()


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:]


def _file_name(name: str) -> str:
    first, *rest = _words(name).lower().split()
    return f"{first}.{'_'.join(rest)}" if rest else first


def _topic(source: EventType, name: str, version: int) -> str:
    head = (source.topic or "").partition(".")[0] if "." in (source.topic or "") else ""
    return ".".join(filter(None, (head, _file_name(name), f"v{version}")))
