"""Training of the shipped models; needs the extra ``train``. Run-time code never imports it."""
