"""
Apache Kafka's jars, and Kafka Connect's with Debezium, resolved with Maven into folders that git ignores.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

VERSION = os.environ.get("AEGIS_KAFKA_VERSION", "4.3.1")
DEBEZIUM_VERSION = "3.6.1.Final"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_ROOT = Path(__file__).resolve().parents[3]
_CACHE = Path(os.environ.get("AEGIS_KAFKA_CACHE", _ROOT / ".cache" / "kafka"))

# slf4j-simple logs to stderr by system properties; without a binding, slf4j complains and drops everything.
_LOGGING = "org.slf4j:slf4j-simple:1.7.36"
_KAFKA = (f"org.apache.kafka:kafka_2.13:{VERSION}", _LOGGING)
_CONNECT = (
    f"org.apache.kafka:connect-runtime:{VERSION}",
    f"org.apache.kafka:connect-json:{VERSION}",
    f"org.apache.kafka:connect-transforms:{VERSION}",
    f"io.debezium:debezium-connector-postgres:{DEBEZIUM_VERSION}",
    _LOGGING,
)
_CLIENTS = (
    f"org.apache.kafka:kafka-clients:{VERSION}",
    "io.cloudevents:cloudevents-kafka:4.0.1",
    "io.cloudevents:cloudevents-json-jackson:4.0.1",
    _LOGGING,
)
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>aegis.tests</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""


def java() -> str | None:
    """
    The java command, from JAVA_HOME or the path.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (command := Path(home) / "bin" / "java").exists():
        return str(command)
    return shutil.which("java")


@cache
def java_version() -> int:
    """
    The feature release of the installed Java; 0 without one.
    """
    command = java()
    if command is None:
        return 0
    said = subprocess.run([command, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)(?:\.(\d+))?', said)
    return int(found.group(1)) if found else 0


def why_no_apache_kafka() -> str | None:
    """
    Why Apache Kafka cannot be run here, or None if it can.
    """
    if java() is None:
        return "Apache Kafka needs Java 17 or newer, and no java is on the path"
    if (version := java_version()) < 17:
        return f"Apache Kafka needs Java 17 or newer, this is {version}"
    if _resolved(VERSION, _KAFKA) is None and shutil.which("mvn") is None:
        return "Apache Kafka is resolved with Maven, and no mvn is on the path"
    return None


def why_no_connect() -> str | None:
    """
    Why Kafka Connect with Debezium cannot be run here, or None if it can be tried.
    """
    if reason := why_no_apache_kafka():
        return reason
    if _resolved(_WITH_DEBEZIUM, _CONNECT) is None and shutil.which("mvn") is None:
        return "Debezium is resolved with Maven, and no mvn is on the path"
    return None


def why_no_java_client() -> str | None:
    """
    Why Java's own client cannot be run from its source here, or None if it can be tried.
    """
    if reason := why_no_apache_kafka():
        return reason
    modules = subprocess.run([str(java()), "--list-modules"], capture_output=True, text=True, check=False).stdout
    if "jdk.compiler" not in modules:
        return "the Java client runs from its source, and this Java has no compiler"
    if _resolved(_WITH_CLOUD_EVENTS, _CLIENTS) is None and shutil.which("mvn") is None:
        return "the Java client is resolved with Maven, and no mvn is on the path"
    return None


def resolve_clients() -> Path:
    """
    The folder with the jars of Kafka's own client and of CloudEvents' Java SDK, likewise.
    """
    return _resolve(_WITH_CLOUD_EVENTS, _CLIENTS)


def resolve_kafka() -> Path:
    """
    The folder with Kafka's jars, resolving them at the first call; works without a network afterwards.
    """
    return _resolve(VERSION, _KAFKA)


def resolve_connect() -> Path:
    """
    The folder with the jars of Kafka Connect and Debezium, likewise.
    """
    return _resolve(_WITH_DEBEZIUM, _CONNECT)


_WITH_CLOUD_EVENTS = f"clients-{VERSION}-4.0.1"
_WITH_DEBEZIUM = f"connect-{VERSION}-{DEBEZIUM_VERSION}"


def _resolve(name: str, artifacts: tuple[str, ...]) -> Path:
    if (found := _resolved(name, artifacts)) is not None:
        return found
    folder = _CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
            *artifact.split(":")
        )
        for artifact in artifacts
    )
    (folder / "pom.xml").write_text(_POM.format(dependencies=wanted), encoding="utf-8")
    # Renamed to the real folder only when whole, so that an interrupted download is never mistaken for one.
    partial = folder / f"jars.{os.getpid()}"
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(folder / "pom.xml"), _PLUGIN]
    command += [f"-DoutputDirectory={partial}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise RuntimeError(f"Maven could not resolve {name}:\n{(done.stdout + done.stderr)[-2000:]}")
    try:
        partial.rename(folder / "jars")
    except OSError:  # another run was faster
        shutil.rmtree(partial, ignore_errors=True)
    return folder / "jars"


def _resolved(name: str, artifacts: tuple[str, ...]) -> Path | None:
    jars = _CACHE / name / "jars"
    _, artifact, version = artifacts[0].split(":")
    return jars if (jars / f"{artifact}-{version}.jar").exists() else None
