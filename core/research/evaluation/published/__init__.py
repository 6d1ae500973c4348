"""Agreement with the published pipeline of Cohen et al. 2020, number by number."""
