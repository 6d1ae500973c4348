"""Ways films come in: data sets in their own table formats, manifests and DICOM folders."""
