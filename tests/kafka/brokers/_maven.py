"""
Apache Kafka's jars, resolved with Maven into a folder that git ignores.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

VERSION = os.environ.get("AEGIS_KAFKA_VERSION", "4.3.1")
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_ROOT = Path(__file__).resolve().parents[3]
_CACHE = Path(os.environ.get("AEGIS_KAFKA_CACHE", _ROOT / ".cache" / "kafka"))

# slf4j-simple logs to stderr by system properties; without a binding, slf4j complains and drops everything.
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>aegis.tests</groupId>
  <artifactId>apache-kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{version}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
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
    if _resolved() is None and shutil.which("mvn") is None:
        return "Apache Kafka is resolved with Maven, and no mvn is on the path"
    return None


def resolve_kafka() -> Path:
    """
    The folder with Kafka's jars, resolving them at the first call; works without a network afterwards.
    """
    if (found := _resolved()) is not None:
        return found
    folder = _CACHE / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pom.xml").write_text(_POM.format(version=VERSION), encoding="utf-8")
    # Renamed to the real folder only when whole, so that an interrupted download is never mistaken for one.
    partial = folder / f"jars.{os.getpid()}"
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(folder / "pom.xml"), _PLUGIN]
    command += [f"-DoutputDirectory={partial}", "-DincludeScope=runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise RuntimeError(f"Maven could not resolve Apache Kafka {VERSION}:\n{(done.stdout + done.stderr)[-2000:]}")
    try:
        partial.rename(folder / "jars")
    except OSError:  # another run was faster
        shutil.rmtree(partial, ignore_errors=True)
    return folder / "jars"


def _resolved() -> Path | None:
    jars = _CACHE / VERSION / "jars"
    return jars if (jars / f"kafka_2.13-{VERSION}.jar").exists() else None
