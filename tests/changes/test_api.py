"""
A further API is one new document: nothing else needs a hand.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.changes.conftest import Repository

DOCUMENT = Path(__file__).parent / "weather.yaml"
SCRIPT = """
import aegis_sdk
from aegis_contracts import bundled_apis
from aegis_mockserver import transport
from aegis_sdk import AsyncWeatherClient, HttpxAdapter, WeatherClient, errors, weather

assert "weather.yaml" in [path.name for path in bundled_apis()]
assert aegis_sdk.weather is weather and {"WeatherClient", "AsyncWeatherClient"} <= set(aegis_sdk.__all__)
assert weather.WeatherClient is WeatherClient and "Forecast" in dir(weather)
with WeatherClient("http://mock", "key", transport=HttpxAdapter(transport())) as client:
    forecast = client.forecasts.get("11")
    assert isinstance(forecast, weather.Forecast), forecast
    assert forecast.sky.is_known
    try:
        client.forecasts.get("11", extra_headers={"Prefer": "code=404"})
    except errors.WeatherError as error:
        assert isinstance(error, errors.NotFoundError), error
    assert issubclass(weather.RegionUnknownError, errors.WeatherError)
"""


def test_one_document_gives_clients_errors_module_and_mock(repository: Repository) -> None:
    """
    After one more file in ``openapi/`` and one run of the generator, the SDK has the API's clients, module and family
    of errors, the mock serves it, and the files of the other APIs are as they were.
    """
    shutil.copy(DOCUMENT, repository.folder / "openapi")
    others = [line for line in repository.generate() if "weather" not in line]
    assert sorted(others) == [
        f"rewritten: {name}" for name in ("__init__.py", "__init__.py", "clients/__init__.py", "errors.py")
    ]
    repository.run("-c", SCRIPT)
    repository.run("-m", "aegis_codegen", "--check")
