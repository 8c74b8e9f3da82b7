"""Ways in that others call: a site's form, a telephony, a messenger's gateway. Each format is a short file and a line
in `formats.FORMATS`; all prove their sender before anything is read."""
