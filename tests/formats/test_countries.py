import pycountry
import pytest

from timeline.formats import countries


def test_every_code_of_the_table_is_iso_or_kosovo():
    """ISO 3166-1 leaves XK to its users."""
    codes = {country.alpha_2 for country in pycountry.countries}

    assert {"XK"} == set(countries.OF_GLEDITSCH_WARD.values()) - codes


@pytest.mark.parametrize(
    ("number", "code"),
    [("2", "US"), ("365", "RU"), ("652", "SY"), ("775", "MM"), ("678", "YE"), ("680", "YE"), ("345", "RS")],
)
def test_states_are_read_by_gleditsch_and_wards_number(number, code):
    """A state that no longer exists has the code of the state in its place."""
    assert code == countries.OF_GLEDITSCH_WARD[number]


def test_iso_codes_and_names_are_converted():
    """Numbers with and without leading zeros, letters and names; an unknown one gives None."""
    assert ["AF", "AF", "BD", "VE", "XK"] == [
        countries.of_numeric("4"),
        countries.of_numeric("004"),
        countries.of_alpha3("BGD"),
        countries.of_name("Venezuela"),
        countries.of_name("Kosovo"),
    ]
    assert [None] * 3 == [
        countries.of_numeric("0"),
        countries.of_alpha3("XYZ"),
        countries.of_name("Atlantis"),
    ]
