"""Who a patient is: what is no person's number, and when two statements are of one person."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from core.identity import Difference, differences, is_another_person
from core.names import same_name, share_a_word
from core.patient_number import NOT_STATED, NoNumber, no_number, number_problem, storable
from core.types import PatientIdentity

BORN, LATER = date(1980, 1, 1), date(1980, 1, 2)


def person(name: str = "", birth_date: date | None = None, sex: str = "") -> PatientIdentity:
    return PatientIdentity("1", "", name, birth_date, sex)


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "NaT",
        "null",
        "NULL",
        "(null)",
        "<NA>",
        "None",
        "n/a",
        "N.A.",
        "#N/A",
        "unknown",
        "Unknown ",
        "inf",
        "-",
        "--",
        "?",
        "***",
        ".",
        "\u200b",
        "#####",
        "0",
        "0000",
        "00-00",
        "\uff10\uff10",
        "\u0660\u0660",
        "0.0",
        "9999",
        "999999999",
        "-1",
        "-999",
        "xxx",
        "ANONYMOUS",
        "unbekannt",
        "\uff4e\uff41\uff4e",
        "'nan'",
        "1.#QNAN",
        "no number",
        "nomrn",
        "(leer)",
        "unassigned",
        "Patient ID",
        NOT_STATED,
    ],
)
def test_a_placeholder_is_nobodys_number(text: str) -> None:
    assert no_number(text) is NoNumber.PLACEHOLDER
    assert "Give the patient's own number." in number_problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "4711.0",
        "4711.00",
        "4711,0",
        "4.71E+09",
        "12-Mar",
        "Dec-26",
        "03. Dez",
        "03.12.2026",
        "3/12/2026",
        "2026-12-03",
        "4,71E+09",
        "4.71e9",
        "5E+09",
        "4,711",
        "1,234,567",
        '="4711"',
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#BEZUG!",
        "\uff14\uff17\uff11\uff11.0",
        "4.711,00",
        "4 711,0",
        "4\u202f711,00",
        "4'711.00",
        "4711.",
    ],
)
def test_what_a_spreadsheet_makes_of_a_number_is_none(text: str) -> None:
    assert no_number(text) is NoNumber.SPREADSHEET
    assert "Format that column as text" in number_problem(text)


@pytest.mark.parametrize(
    ("text", "why", "said"),
    [
        ("4711\u200b", NoNumber.INVISIBLE, "contains an invisible"),
        ("47\x0011", NoNumber.INVISIBLE, "contains an invisible"),
        ("47\u00a011", NoNumber.INVISIBLE, "contains an invisible"),
        ("47\ufffd11", NoNumber.INVISIBLE, "unreadable character"),
        ("4711\u3164", NoNumber.INVISIBLE, "contains an invisible"),
        ("\uff14\uff17\uff11\uff11", NoNumber.WIDTH, "is written in full width"),
        ("\uff21\uff11", NoNumber.WIDTH, "is written in full width"),
        ("\u0664\u0667\u0661\u0661", NoNumber.WIDTH, "other digits than 0 to 9"),
        ("'4711", NoNumber.QUOTED, "begins or ends with a quotation mark"),
        ("\u20184711\u2019", NoNumber.QUOTED, "begins or ends with a quotation mark"),
        ("1" * 129, NoNumber.LENGTH, "has more than 128 characters"),
    ],
)
def test_a_number_written_so_that_it_may_be_anothers_is_none_and_stays_none_when_kept(
    text: str, why: NoNumber, said: str
) -> None:
    assert no_number(text) is no_number(storable(text)) is why
    assert said in number_problem(text)
    assert storable(text).isprintable()
    assert len(storable(text)) <= 128


@pytest.mark.parametrize(
    "text",
    [
        "4711",
        "0471",
        "A0",
        "T1",
        "TEST",
        "9",
        "99",
        "999",
        "9998",
        "12E4567",
        "4E09",
        "#4711",
        "1.2.826.0",
        "326-a",
        "12.345.678-9",
        "12.345.678",
        "4711/05",
        "NA12",
        "4711.5",
        "P-0000",
        "1234567890",
        "\u60a3\u80051",
        "O'Neil-1",
        "123 456 789",
        "4.711",
        "1" * 128,
    ],
)
def test_what_may_be_somebodys_number_is_taken(text: str) -> None:
    assert no_number(text) is None
    assert number_problem(text) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("M\u00fcller^J\u00f6rg", unicodedata.normalize("NFD", "M\u00fcller^J\u00f6rg")),
        ("M\u00fcller^J\u00f6rg", "MUELLER, Joerg"),
        ("M\u00fcller^J\u00f6rg", "Muller^Jorg"),
        ("\uff2d\uff35\uff2c\uff2c\uff25\uff32^\uff2a", "Muller^J"),
        ("Stra\u00df^Eva", "STRASS^EVA"),
        ("\u0141ukasz \u017bak", "Zak^Lukasz"),
        ("\u00c5ngstr\u00f6m^Zo\u00eb", "Aangstroem^Zoe"),
        ("O'Brien^Ann", "OBRIEN, ANN"),
        ("Al-Sayed^Omar", "Al Sayed^Omar"),
        ("Doe^Jane", "Jane Doe"),
        ("Doe^Jane^^^", "Doe, Jane"),
        ("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "\u5c71\u7530^\u592a\u90ce"),
        ("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce", "Yamada, Tarou"),
        ("\uff94\uff8f\uff80\uff9e", "\u30e4\u30de\u30c0"),
    ],
)
def test_one_name_is_written_in_many_ways(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)
    assert not is_another_person(person(one), person(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Doe^Jane", "Doe^John"),
        ("Doe^Jane", "Doe^Jane^M"),
        ("Doe^Jane", "Doe"),
        ("\u304b\u3068\u3046", "\u304c\u3068\u3046"),
        ("Ferreira^Jo\u00e3o", "Nov\u00e1k^Eva"),
    ],
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Okafor, Ada", "OKAFOR^ADA^M", True),
        ("M\u00fcller-Lang^Eva", "Lang, E", True),
        ("da Silva^Ana", "da Costa^Rui", False),
        ("Smith^A", "Jones^A", False),
        ("Dr Smith", "Dr Jones", False),
        ("\u674e", "\u674e", True),
    ],
)
def test_initials_titles_and_particles_make_nobody_one_person(one: str, other: str, expected: bool) -> None:
    assert share_a_word(one, other) is expected
    assert is_another_person(person(one), person(other)) is not expected


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (person("Okafor, Ada"), person("Smith, Bob"), True),
        (person(""), person("Smith, Bob"), False),
        (person("Okafor, Ada", BORN), person("Okafor, Ada", LATER), True),
        (person("", BORN), person("", LATER), True),
        (person("Okafor, Ada", BORN), person("Okafor, Ada"), False),
        (person("Okafor, Ada", sex="F"), person("Okafor, Ada", sex="M"), True),
        (person(sex="F"), person(sex="M"), True),
        (person(sex="F"), person(), False),
        (person("Okafor, Ada", BORN, "F"), person("Okafor, Ada", BORN, "O"), False),
        (person(sex="M"), person(sex="O"), False),
        (person("Okafor, Ada", sex="F"), person("Smith, Bob", sex="O"), True),
        (person("Okafor, Ada", BORN, "F"), person("Okafor, Ada", LATER, "O"), True),
        (person("Yamada^Tarou", BORN), person("\u5c71\u7530^\u592a\u90ce", BORN), False),
        (person("Yamada^Tarou"), person("\u5c71\u7530^\u592a\u90ce"), True),
    ],
)
def test_who_is_certainly_another_person(one: PatientIdentity, other: PatientIdentity, found: bool) -> None:
    assert is_another_person(one, other) is found
    assert is_another_person(other, one) is found


def test_differences_are_told_by_code() -> None:
    one, other = person("Okafor^Ada", BORN, "F"), person("Okafor^Bob", LATER, "M")
    assert differences(one, other) == (Difference.NAME, Difference.BIRTH_DATE, Difference.SEX)
    assert differences(one, person("OKAFOR, Ada")) == ()
    assert differences(person(sex="F"), person(sex="O")) == (Difference.SEX,)
