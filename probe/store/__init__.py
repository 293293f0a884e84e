"""Many runs as two tables: files of records in, Parquet out."""
