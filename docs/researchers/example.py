"""From a site to a table and a figure that can be checked: the rises of each patient, and how often films were lacking.

Run it beside a site: LUNGLINE_DATA_DIR=/srv/lungline python docs/researchers/example.py
"""

from dashboard import api

# %% The site as it stands now. Nothing is changed, and patients are pseudonyms.
site = api.open_site()
films, scores, verdicts = api.films(site), api.scores(site), api.verdicts(site)

# %% Severity over time: one row per film, with its score by the active model.
active = scores[scores["active"]]
course = films.merge(active.drop(columns="patient_id"), on="film_id").sort_values(["patient_id", "acquired_at"])
print(course[["patient_id", "acquired_at", "geographic_extent", "opacity"]].to_string(index=False))

# %% Rises of geographic extent against the recent level: what raises flags.
alerting = verdicts[(verdicts["measure"] == "geographic_extent") & (verdicts["reference"] == "recent")]
rises = alerting[alerting["verdict"].isin(["rise", "large_rise"])]
print(rises.groupby("patient_id")["change"].agg(["size", "max"]))

# %% What is not on a trend, and why. A missing film is never "no change".
print(films["off_trend"].value_counts(dropna=True).to_string())

# %% What a column means.
meaning = api.data_dictionary().set_index(["table", "column"])["meaning"]
print(meaning["verdicts", "change"])
