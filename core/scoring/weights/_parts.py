"""Which published weight files there are, and which scorer is made of which."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Part:
    """One published weight file.

    Attributes
    ----------
    name : str
        Its name here and, as ``<name>-<hash>.safetensors``, in the weights folder.
    published_name : str
        What its authors call the file, for messages.
    library_weights : str
        Key of torchxrayvision's own table of downloads; "" where the library does not offer the file.
    maximum_bytes : int
        Larger files are refused unread: about seven times the published size.
    """

    name: str
    published_name: str
    library_weights: str
    maximum_bytes: int


BACKBONE = Part(
    name="densenet121-res224-all",
    published_name="torchxrayvision's densenet121-res224-all file (…-best.pt)",
    library_weights="densenet121-res224-all",
    maximum_bytes=200 * MEBIBYTE,
)
MLP_GEOGRAPHIC_EXTENT = Part(
    name="covid-severity-mlp-geo",
    published_name="mlp_geo.pkl of mlmed/covid-severity",
    library_weights="",
    maximum_bytes=64 * MEBIBYTE,
)
MLP_OPACITY = Part(
    name="covid-severity-mlp-opa",
    published_name="mlp_opa.pkl of mlmed/covid-severity",
    library_weights="",
    maximum_bytes=64 * MEBIBYTE,
)

_PARTS_OF_MODEL: dict[str, tuple[Part, ...]] = {
    "txrv-cohen2020": (BACKBONE,),
    "txrv-ralo": (BACKBONE, MLP_GEOGRAPHIC_EXTENT, MLP_OPACITY),
}


def parts_of(model: str) -> tuple[Part, ...]:
    """Return the weight files `model` needs; none for a scorer that carries its weights."""
    return _PARTS_OF_MODEL.get(model, ())


def models_using(part: Part) -> tuple[str, ...]:
    """Return the scorers that need `part`."""
    return tuple(model for model, parts in _PARTS_OF_MODEL.items() if part in parts)
