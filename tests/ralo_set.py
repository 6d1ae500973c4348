"""A small folder in the format of the RALO set."""

from __future__ import annotations

from pathlib import Path

HEADINGS = ",,Reader A,,,,,,,Reader B,,,,,,,,\n"
_READER = "Right GEOGRAPHIC,Right OPACITY,Left GEOGRAPHIC,Left OPACITY,Total GEOGRAPHIC,Total OPACITY,Notes"
HEADER = f"Subject_ID,Exam_DateTime,{_READER},{_READER},Delta Geo-total,Delta Opa total\n"
ROWS = (
    "S1,20200401_063000,1,4,2,2,3,6,,2,2,3,2,5,4,,2,2\n",
    "S1,20200403,0,0,0,0,0,0,clear,0,0,1,1,1,1,,1,1\n",
    "S2,unknown,4,4,4,4,8,8,,4,3,4,3,8,6,,0,2\n",
    "S3,20200405_251500,1,1,1,1,2,2,,,,,,,,not read,,\n",
)


def write_ralo(folder: Path, picture: bytes, *, table: str = HEADINGS + HEADER + "".join(ROWS)) -> Path:
    """Write a folder of four films; return its table."""
    images = folder / "CXR_images_scored"
    images.mkdir(parents=True)
    for number in range(len(ROWS)):
        # Each picture differs, so that none is another's copy.
        (images / f"{number}.jpg").write_bytes(picture + bytes([number]))
    path = folder / "ralo-dataset-metadata.csv"
    path.write_text(table, encoding="utf-8")
    return path
