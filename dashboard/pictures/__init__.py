"""Films and maps as pictures: made, addressed and answered over HTTP."""
