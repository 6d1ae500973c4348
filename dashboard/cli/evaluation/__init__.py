"""The commands `lungline evaluate …`; the only place where the product loads `core.research`."""
