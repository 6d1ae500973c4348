"""DICOM films: elements within bounds, how pixels are stored, and how they are shown."""
