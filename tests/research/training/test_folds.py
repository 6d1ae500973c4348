"""Partitions of patients."""

from core.research.training.folds import patient_folds


def test_each_patient_has_one_fold_and_folds_weigh_alike() -> None:
    weights = {f"p{number}": number % 4 for number in range(40)}

    folds = patient_folds(weights, 5, seed=1)

    assert set(folds) == set(weights)
    loads = [sum(weights[patient] for patient, fold in folds.items() if fold == place) for place in range(5)]
    assert max(loads) - min(loads) <= 1


def test_the_same_seed_gives_the_same_folds_and_another_seed_others() -> None:
    weights = {f"p{number}": 1 for number in range(30)}

    assert patient_folds(weights, 5, seed=1) == patient_folds(weights, 5, seed=1)
    assert patient_folds(weights, 5, seed=1) != patient_folds(weights, 5, seed=2)


def test_patients_without_counted_films_are_dealt_too() -> None:
    folds = patient_folds(dict.fromkeys("abcdefghij", 0), 5, seed=0)

    assert sorted(folds.values()) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
