"""Ways a lead comes in: the public form, the API, a table, by hand. All read their input through `intake.fields`."""
