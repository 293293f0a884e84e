"""What many measurements say together: statistics, comparisons, the report page. Pure: no network, no clock."""
