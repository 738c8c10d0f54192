"""Many submissions at once: processes of this machine, or of a Dask cluster."""
