"""
What is served, and how it is treated.
"""

from __future__ import annotations

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem

VALIDATE = ("strict", "report", "off")


@control.on("GET", "/health", worldly=False)
def health(call: Call) -> Answer:
    """
    Say that the mock is up, and how much it serves.

    Answers:
        200 {status, contracts, operations, worlds, kafka, trouble}: The figures; kafka: its address.
    """
    site = call.site
    figures = {"contracts": len(site.contracts), "operations": len(site.operations), "worlds": len(site.worlds)}
    return Answer(200, {"status": "healthy", **figures, "kafka": site.kafka, "trouble": site.trouble}, origin="control")


@control.on("GET", "/kafka", worldly=False)
def kafka(call: Call) -> Answer | Problem:
    """
    Say where Kafka is, as a line of text: AEGIS_KAFKA_BOOTSTRAP=$(curl -s …/__mock__/kafka).

    Answers:
        200: host:port, several with commas.
        404: The mock was started without --kafka.
    """
    if not call.site.kafka:
        return Problem("no_kafka", 404, "Start the mock with --kafka embedded, or with --kafka HOST:PORT.")
    text = f"{call.site.kafka}\n".encode()
    return Answer(200, media_type="text/plain; charset=utf-8", content=text, origin="control")


@control.on("GET", "/resources", worldly=False)
def resources(call: Call) -> Answer:
    """
    Say what the paths are taken for: resources, what each operation does to them, and how lists are paged.

    Answers:
        200 {resources}: One for each collection path, or path of a single item; x-mock corrects what is wrong of it.
    """
    return Answer(200, {"resources": call.site.resources()}, origin="control")


@control.on("PATCH", "/settings", worldly=False)
def change_settings(call: Call) -> Answer | Problem:
    """
    Change how the mock treats requests, in all worlds.

    Body:
        validate: strict refuses requests that break the contract, report only says so, off does not look.
        absent: words for what stands for "not sent" where the contract does not allow it: null, empty; [] is none.

    Answers:
        200 {validate, absent}: How it is now.
    """
    members = call.members()
    validate, absent = members.get("validate", call.site.validate), members.get("absent", call.site.absent)
    if validate not in VALIDATE:
        raise ValueError(f"validate must be one of {', '.join(VALIDATE)}")
    if not isinstance(absent, list):
        raise ValueError("absent must be an array of words")
    if validate == "off" and members.get("absent"):
        raise ValueError("absent has no effect where validate is off")
    call.site.absent = absent
    call.site.validate = validate
    return get_settings(call)


@control.on("GET", "/settings", worldly=False)
def get_settings(call: Call) -> Answer:
    """
    Read how the mock treats requests.

    Answers:
        200 {validate, absent}: How it is.
    """
    return Answer(200, {"validate": call.site.validate, "absent": call.site.absent}, origin="control")


@control.on("GET", "/contracts", worldly=False)
def contracts(call: Call) -> Answer:
    """
    List the contracts, and say why a changed one is not served while --watch waits for it to be mended.

    Answers:
        200 {contracts, trouble}: The contracts.
    """
    listed = [
        {"title": known.title, "version": known.version, "source": known.source, "openapi": known.openapi_version}
        for known in call.site.contracts
    ]
    return Answer(200, {"contracts": listed, "trouble": call.site.trouble}, origin="control")


@control.on("GET", "/operations", worldly=False)
def operations(call: Call) -> Answer:
    """
    List the operations of all contracts.

    Query:
        contract: only those of the contract with this title.

    Answers:
        200 {operations}: The operations.
    """
    title = call.query.get("contract")
    listed = [
        {
            "contract": operation.title,
            "operation": operation.key,
            "method": operation.declared.method,
            "path": operation.declared.path,
            "summary": operation.declared.summary,
            "tags": list(operation.declared.tags),
            "deprecated": operation.declared.deprecated,
            "statuses": list(operation.declared.responses),
        }
        for operation in call.site.operations
        if title is None or operation.title == title
    ]
    return Answer(200, {"operations": listed}, origin="control")
