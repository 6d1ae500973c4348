"""The search of every page: whom it finds, in which words, and with names hidden."""

from __future__ import annotations

from ward_site import WardSite

from dashboard.services.patient.search import AT_MOST, search


def test_by_name_number_or_bed_also_without_a_stay(ward: WardSite) -> None:
    here = ward.admit("Lindqvist^Erik", "A-02", number="77-1")
    ward.film(here, 2, 3.0)
    gone = ward.patient("Lindgren^Eva", "88-2")
    found = search("lind", by_name=True, site=ward.site).patients
    assert [one.patient.patient_id for one in found] == [here, gone]
    assert found[0].last_film is not None
    assert (found[1].stay, found[1].last_film) == (None, None)
    for text in ("77-1", "a-02", "erik 77"):
        assert [one.patient.patient_id for one in search(text, by_name=True, site=ward.site).patients] == [here]
    # Wildcards of the database are text.
    assert search("%", by_name=True, site=ward.site).patients == ()
    assert search("_", by_name=True, site=ward.site).patients == ()


def test_hidden_names_are_not_looked_through(ward: WardSite) -> None:
    ward.admit("Lindqvist^Erik", "A-02", number="77-1")
    assert search("lindqvist", by_name=False, site=ward.site).patients == ()
    assert len(search("a-02", by_name=False, site=ward.site).patients) == 1


def test_more_than_the_first_are_said(ward: WardSite) -> None:
    for number in range(AT_MOST + 1):
        ward.patient(f"Same^N{number}", f"9-{number}")
    found = search("same", by_name=True, site=ward.site)
    assert (len(found.patients), found.more) == (AT_MOST, True)
