"""The interactive pages work without the internet: everything they load is served by the service itself."""

import re

import pytest

ASSETS = (
    "/docs/assets/swagger-ui.css",
    "/docs/assets/swagger-ui-bundle.js",
    "/docs/assets/favicon-32x32.png",
)


def test_the_page_loads_nothing_from_elsewhere(client):
    """The page refers to paths of the service only, and each of them is served."""
    page = client.get("/docs")
    references = re.findall(r'(?:src|href)="([^"]*)"|url: "([^"]*)"', page.text)
    addresses = {next(filter(None, pair)) for pair in references}

    assert "text/html; charset=utf-8" == page.headers["content-type"]
    assert {*ASSETS, "/openapi.json"} == addresses
    assert not re.search(r"(?:https?:)?//", page.text)
    for address in addresses:
        assert 200 == client.get(address).status_code


@pytest.mark.parametrize("address", ASSETS)
def test_the_assets_say_what_they_are(client, address):
    """Assets have their media type, and may be cached for a day."""
    response = client.get(address)
    kind = {"css": "text/css", ".js": "text/javascript", "png": "image/png"}[address[-3:]]

    assert response.headers["content-type"].startswith(kind)
    assert "max-age=86400" in response.headers["cache-control"]
    assert len(response.content) > 1000


def test_the_style_fetches_nothing(client):
    """The style sheet holds its images itself."""
    style = client.get(ASSETS[0]).text

    assert all(url.startswith(("data:", "'data:", '"data:')) for url in re.findall(r"url\(([^)]*)\)", style))
    assert "@import" not in style


def test_the_validator_on_the_internet_is_off(client):
    """Swagger UI would have the document checked by a service on the internet; the page prevents it."""
    assert "validatorUrl: null" in client.get("/docs").text
